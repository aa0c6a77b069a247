// Both languages say everything, with the same blanks to fill in.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { en, fill, zh, type WordKey } from '../src/words';
import { deadlines, detectors, vocabulary } from '../src/words/vocabulary';

const keys = Object.keys(zh) as WordKey[];
const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test('every key stands in both', () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort());
    expect(keys.filter((key) => !zh[key] || !en[key])).toEqual([]);
});

test('no key stands in two areas', () => {
    const areas = Object.values(import.meta.glob<{ zh?: object }>(['../src/words/*.ts', '!../src/words/index.ts'], { eager: true }));
    const all = areas.flatMap((area) => Object.keys(area.zh ?? {}));
    expect(all.length).toBe(keys.length);
    expect(all.filter((key, at) => all.indexOf(key) !== at)).toEqual([]);
});

test('blanks are the same', () => {
    for (const key of keys) expect({ key, blanks: blanks(en[key]) }).toEqual({ key, blanks: blanks(zh[key]) });
});

test('Chinese is Chinese and English is English', () => {
    const han = /\p{Script=Han}/u;
    // The other language's name, and the mark that shapes are a demonstration's, stand in both.
    const both = ['language', 'map.synthetic'];
    expect(keys.filter((key) => !both.includes(key) && han.test(en[key]))).toEqual([]);
    for (const table of Object.values(vocabulary))
        for (const word of table) expect(han.test(word.en), word.en).toBe(false);
});

test('whatever raises an alert, and what it is about, has a name in both', () => {
    const han = /\p{Script=Han}/u;
    const raisers = [...deadlines, ...detectors];
    expect(new Set(raisers.map(({ word }) => word)).size).toBe(raisers.length);
    expect(raisers.filter(({ zh, en }) => !han.test(zh) || !en || han.test(en))).toEqual([]);
    // What the alerts of shipped policy say: syndromes by key, rules by their own two names.
    const policy = (file: string): string => readFileSync(`../deploy/warn/${file}`, 'utf8');
    const syndromes = [...policy('syndromes.yaml').matchAll(/\{code: (\w+)/g)].map((m) => `syndrome.${m[1]}` as WordKey);
    expect(syndromes.length).toBeGreaterThan(5);
    expect(syndromes.filter((key) => !zh[key] || !en[key])).toEqual([]);
});

test('blanks are filled, unknown ones stay', () => {
    expect(fill('{n} of {m}', { n: 3 })).toBe('3 of {m}');
});
