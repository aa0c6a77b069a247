// The token of this browser window and when it expires. Another window of the same browser may ask for
// it, so that one seat on several screens signs in once, and is told when it was renewed. Kept for the
// window only, never written to disk; but a crew's tablet, which may start again in a tunnel, keeps it.
const KEY = 'token';
let storage: Storage = sessionStorage;
const channel = (): BroadcastChannel => new BroadcastChannel('mingdi-token');

export interface Token {
    readonly token: string;
    readonly expires_ms: number;
}

/** Between windows: a question, an answer, or what came instead of an old token. */
interface Said {
    readonly ask?: true;
    readonly was?: string;
    readonly is?: Token;
}

/** This page is a tablet's. Before anything else here. */
export function keepOnDisk(): void {
    storage = localStorage;
}

export function keptToken(): Token | undefined {
    const text = storage.getItem(KEY);
    return text ? (JSON.parse(text) as Token) : undefined;
}

export function kept(): string {
    return keptToken()?.token ?? '';
}

export function keep(token: Token): void {
    storage.setItem(KEY, JSON.stringify(token));
}

export function forget(): void {
    storage.removeItem(KEY);
}

/** Answers other windows and hears what they renewed, until the returned function is called. */
export function shareWithSiblings(renewed: (token: Token) => void): () => void {
    const open = channel();
    open.onmessage = ({ data }: MessageEvent<Said>) => {
        const own = keptToken();
        if (data.ask && own) open.postMessage({ is: own } satisfies Said);
        if (data.is && data.was && data.was === own?.token) renewed(data.is);
    };
    return () => open.close();
}

export function tellSiblings(was: string, is: Token): void {
    const open = channel();
    open.postMessage({ was, is } satisfies Said);
    open.close();
}

/** The token of another window, when one answers, which takes as long as that one is busy; until the
 * returned function is called. */
export function askSiblings(found: (token: Token) => void): () => void {
    const open = channel();
    open.onmessage = ({ data }: MessageEvent<Said>) => data.is && !data.was && found(data.is);
    open.postMessage({ ask: true } satisfies Said);
    return () => open.close();
}
