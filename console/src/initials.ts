// Pinyin initials of names, so that "dwk07" finds 大武口-07. The browser sorts Hanzi by pinyin; where a
// character falls among the first ones of each letter tells its initial.
const firsts = '阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨他屲夕丫帀';
const letters = 'abcdefghjklmnopqrstwxyz';
const collator = new Intl.Collator('zh-Hans-u-co-pinyin');
const han = /\p{Script=Han}/u;
const known = new Map<string, string>();

function initial(character: string): string {
    if (!han.test(character)) return /[a-z0-9]/i.test(character) ? character.toLowerCase() : '';
    let at = known.get(character);
    if (at === undefined) {
        const after = [...firsts].findLastIndex((first) => collator.compare(first, character) <= 0);
        at = letters[Math.max(after, 0)] ?? '';
        known.set(character, at);
    }
    return at;
}

export function initials(name: string): string {
    return [...name].map(initial).join('');
}

/** A part of the name, or the beginning of its initials. */
export function matches(name: string, words: string): boolean {
    const wanted = words.trim().toLowerCase();
    if (!wanted) return true;
    const squeezed = wanted.replace(/[\s-]/g, '');
    return name.toLowerCase().includes(wanted) || (!!squeezed && initials(name).startsWith(squeezed));
}
