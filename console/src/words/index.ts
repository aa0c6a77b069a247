// All the words of the pages in both languages. An area of the console has a file of its own here;
// every key stands in both languages (the types say so, test/words.test.ts looks at the rest).
// Start here: a new area is a file like base.ts and a line in `areas`.
import * as advice from './advice';
import * as base from './base';
import * as crew from './crew';
import * as dispatcher from './dispatcher';
import * as hospital from './hospital';
import * as map from './map';
import * as watch from './watch';
import { deadlines, detectors, masks, vocabulary, type Word } from './vocabulary';

export type Language = 'zh' | 'en';

export const zh = {
    ...base.zh,
    ...advice.zh,
    ...dispatcher.zh,
    ...crew.zh,
    ...hospital.zh,
    ...map.zh,
    ...watch.zh,
};
export type WordKey = keyof typeof zh;
export const en: { [K in WordKey]: string } = {
    ...base.en,
    ...advice.en,
    ...dispatcher.en,
    ...crew.en,
    ...hospital.en,
    ...map.en,
    ...watch.en,
};

export type Vocabulary = keyof typeof vocabulary;

/** "{n} s ago" with n=3 becomes "3 s ago". */
export function fill(text: string, values: { readonly [name: string]: string | number }): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function wordIn(language: Language, table: Vocabulary, word: string | number): string {
    const words: readonly Word[] = vocabulary[table];
    const row = typeof word === 'number' ? words[word] : words.find((w) => w.word === word);
    return row ? row[language] : String(word);
}

/** What raised an alert; one from outside may call itself what it likes. */
export function detectorIn(language: Language, detector: string): string {
    return [...deadlines, ...detectors].find((row) => row.word === detector)?.[language] ?? detector;
}

export function maskIn(language: Language, table: keyof typeof masks, mask: number): string[] {
    return masks[table].flatMap((row, bit) => ((mask >>> bit) & 1 ? [row[language]] : []));
}
