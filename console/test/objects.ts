// What a store knows, as a map that can be compared: the kind and the id to the object.
import type { Store } from '../src/store';
import { messages, type ObjectKind } from '../src/wire';

/** What each client was answered and what was learned is the server's own; consoles are not told. */
export const untold: ReadonlySet<string> = new Set(['client', 'learned']);

export function objectsOf(store: Store): Map<string, unknown> {
    const found = new Map<string, unknown>();
    for (const field of messages.Object ?? []) {
        if (!field.oneof || untold.has(field.name)) continue;
        for (const [id, body] of store.all(field.name as ObjectKind))
            found.set(field.name + ' ' + String(id), body);
    }
    return found;
}
