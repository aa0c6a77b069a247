// The command line as people type it.
import { expect, test } from 'vitest';
import { empty } from '../src/codec';
import { initials, matches } from '../src/initials';
import { Store } from '../src/store';
import { complete, parse } from '../src/view/dispatcher/grammar';
import type { Thing } from '../src/wire';

const store = new Store();
const put = (kind: string, message: string, body: object): void =>
    store.put({ kind, body: { ...empty(message), ...body } } as unknown as Thing);
put('unit', 'Unit', { unit: 7, code: '大武口-07', assignment: 5 });
put('unit', 'Unit', { unit: 8, code: '惠农 二-08' });
put('hospital', 'Hospital', { hospital: 2, name: '市一院' });
put('incident', 'Incident', { incident: 3, state: 'open' });
store.seq = 40;
const context = { store, incident: 3, now_ms: 1000000 };

test('by letter and number, in any order', () => {
    expect(parse('order I3 U7', context).body).toEqual({ incident: 3, unit: 7, seen_seq: 40 });
    expect(parse('派 U7 I9', context).body).toEqual({ incident: 9, unit: 7, seen_seq: 40 });
});

test('units by name, also with spaces, and by pinyin initials; the incident in hand', () => {
    expect(parse('派 惠农 二-08', context).body).toMatchObject({ unit: 8, incident: 3 });
    expect(parse('p dwk07', context).body).toMatchObject({ unit: 7 });
    expect(parse('送 大武口-07 市一院', context).body).toEqual({ assignment: 5, hospital: 2 });
});

test('words in any of their forms, text to the end', () => {
    expect(parse('close I3 已救治', context).body).toEqual({ incident: 3, outcome: 'treated' });
    expect(parse('step U7 at_scene', context).body).toEqual({ assignment: 5, step: 'at_scene', source: 'dispatcher' });
    expect(parse('note I4 三楼 东门', context).body).toEqual({ incident: 4, words: '三楼 东门' });
    expect(parse('shelve W2 15m other', context).body).toEqual({ alert: 2, until_ms: 1900000, reason: 'other' });
});

test('what is missing, stray or unknown is told, never guessed', () => {
    expect(parse('cancel A5', context).missing).toEqual(['reason']);
    expect(parse('order U7 I3 soon', context).stray).toBe('soon');
    expect(parse('fly U7', context).verb).toBeUndefined();
    expect(parse('order 没有的车', context)).toMatchObject({ missing: ['unit'], stray: '没有的车' });
});

test('completion', () => {
    expect(complete('or', context, 'en')).toEqual(['order']);
    expect(complete('派 dw', context, 'zh')).toEqual(['大武口-07']);
    expect(complete('close I3 tr', context, 'en')).toContain('treated');
});

test('initials', () => {
    expect(initials('大武口-07')).toBe('dwk07');
    expect(initials('石嘴山市第一人民医院')).toBe('szssdyrmyy');
    expect(matches('惠农区', 'hn')).toBe(true);
    expect(matches('惠农区', 'nq')).toBe(false);
});
