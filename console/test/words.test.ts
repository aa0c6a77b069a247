// Both languages say everything, with the same blanks to fill in.
import { expect, test } from 'vitest';
import { en, fill, zh, type WordKey } from '../src/words';
import { vocabulary } from '../src/words/vocabulary';

const keys = Object.keys(zh) as WordKey[];
const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test('every key stands in both', () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort());
    expect(keys.filter((key) => !zh[key] || !en[key])).toEqual([]);
});

test('blanks are the same', () => {
    for (const key of keys) expect({ key, blanks: blanks(en[key]) }).toEqual({ key, blanks: blanks(zh[key]) });
});

test('Chinese is Chinese and English is English', () => {
    const han = /\p{Script=Han}/u;
    expect(keys.filter((key) => key !== 'language' && han.test(en[key]))).toEqual([]);
    for (const table of Object.values(vocabulary))
        for (const word of table) expect(han.test(word.en), word.en).toBe(false);
});

test('blanks are filled, unknown ones stay', () => {
    expect(fill('{n} of {m}', { n: 3 })).toBe('3 of {m}');
});
