// Keys. One listener a page; what a key does is a table, which is also the page's help. Handlers act
// on what is true when the key comes, never on what was drawn before.
//
// A binding is "Enter", "ArrowDown", "F2", "Ctrl+k", "Alt+1"; one without Ctrl, Alt or F-number is
// left alone while somebody types in a field.
import type { WordKey } from './words';

export interface Binding {
    readonly keys: string;
    readonly label: WordKey;
    readonly run: (event: KeyboardEvent) => void;
    /** Also while somebody types. */
    readonly always?: boolean;
    readonly when?: () => boolean;
}

export function nameOf(event: KeyboardEvent): string {
    const parts = [];
    if (event.ctrlKey || event.metaKey) parts.push('Ctrl');
    if (event.altKey) parts.push('Alt');
    if (event.shiftKey && event.key.length > 1) parts.push('Shift');
    parts.push(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    return parts.join('+');
}

export function isTyping(target: EventTarget | null): boolean {
    return (
        target instanceof HTMLElement &&
        (target.isContentEditable || target.matches('input:not([type=checkbox]), textarea, select'))
    );
}

function worksWhileTyping(binding: Binding): boolean {
    return binding.always === true || /^(Ctrl\+|Alt\+|F\d)/.test(binding.keys);
}

/** Listens until the returned function is called. The first binding that applies takes the key. */
export function listen(bindings: () => readonly Binding[]): () => void {
    const onKey = (event: KeyboardEvent): void => {
        if (event.defaultPrevented || event.isComposing) return;
        const name = nameOf(event);
        const typing = isTyping(event.target);
        const binding = bindings().find(
            (b) => b.keys === name && (!typing || worksWhileTyping(b)) && (b.when?.() ?? true),
        );
        if (!binding) return;
        event.preventDefault();
        binding.run(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
}
