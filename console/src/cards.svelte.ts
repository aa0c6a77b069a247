// The names of question cards, for pages that see an incident and not the cards: asked for once each
// and kept, because a name may be wanted where there is no line.
import type { Centre } from './centre.svelte';
import { either } from './language.svelte';

interface Name {
    readonly zh: string;
    readonly en: string;
}

const KEY = 'cards';
const names = $state<{ [code: string]: Name }>(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
const asked = new Set<string>();

async function ask(centre: Centre, code: string): Promise<void> {
    asked.add(code);
    try {
        names[code] = (await centre.session.query<{ name: Name }>('card', { words: code })).name;
        localStorage.setItem(KEY, JSON.stringify(names));
    } catch {
        if (centre.session.status.line !== 'live') asked.delete(code); // again when there is a line
    }
}

/** In the page's language; its code as long as the name is not known. */
export function cardName(centre: Centre, code: string): string {
    const name = names[code];
    if (name) return either(name);
    if (code && centre.status.line === 'live' && !asked.has(code)) void ask(centre, code);
    return code;
}
