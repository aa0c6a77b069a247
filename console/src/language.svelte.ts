// Which language the page speaks, kept between visits; Chinese unless chosen otherwise. A view that
// calls say() is drawn again when the language changes.
import {
    detectorIn,
    en,
    fill,
    maskIn,
    wordIn,
    zh,
    type Language,
    type Vocabulary,
    type WordKey,
} from './words';
import type { masks } from './words/vocabulary';

const dictionaries = { zh, en };

class Speech {
    language = $state<Language>(localStorage.getItem('language') === 'en' ? 'en' : 'zh');

    speak(language: Language): void {
        this.language = language;
        localStorage.setItem('language', language);
        document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    }
}

export const speech = new Speech();
speech.speak(speech.language);

export function say(key: WordKey, values: { readonly [name: string]: string | number } = {}): string {
    return fill(dictionaries[speech.language][key], values);
}

/** What a key says that may stand in no dictionary: data brings its own words. */
export function known(key: string): string | undefined {
    const own: { readonly [key: string]: string | undefined } = dictionaries[speech.language];
    return own[key];
}

/** What a target or definition rests on: a paper is named as it is. */
export function edition(source: string): string {
    return known(`edition.${source}`) ?? source;
}

export function word(table: Vocabulary, value: string | number): string {
    return wordIn(speech.language, table, value);
}

export function detectorWord(detector: string): string {
    return detectorIn(speech.language, detector);
}

export function maskWords(table: keyof typeof masks, mask: number): string[] {
    return maskIn(speech.language, table, mask);
}

/** The one of two texts that the page speaks (a server's answer carries both). */
export function either(both: { readonly zh: string; readonly en: string }): string {
    return both[speech.language];
}

/** Of "zh / en", as early warning names its rules, the half that the page speaks. */
export function half(words: string): string {
    const [zh, en] = words.split(' / ');
    return zh !== undefined && en !== undefined ? either({ zh, en }) : words;
}
