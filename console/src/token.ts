// The token of this browser window. Another window of the same browser may ask for it, so that one
// seat on several screens signs in once; it is never written to disk.
const KEY = 'token';
const channel = (): BroadcastChannel => new BroadcastChannel('mingdi-token');

interface Said {
    readonly ask?: true;
    readonly token?: string;
}

export function kept(): string {
    return sessionStorage.getItem(KEY) ?? '';
}

export function keep(token: string): void {
    sessionStorage.setItem(KEY, token);
}

export function forget(): void {
    sessionStorage.removeItem(KEY);
}

/** Answers other windows until the returned function is called. */
export function offerToSiblings(token: () => string): () => void {
    const open = channel();
    open.onmessage = (event: MessageEvent<Said>) => {
        if (event.data.ask && token()) open.postMessage({ token: token() } satisfies Said);
    };
    return () => open.close();
}

/** The token of another window, or '' when none answers. */
export function askSiblings(): Promise<string> {
    const open = channel();
    return new Promise((done) => {
        const end = (token: string): void => {
            open.close();
            done(token);
        };
        open.onmessage = (event: MessageEvent<Said>) => event.data.token && end(event.data.token);
        open.postMessage({ ask: true } satisfies Said);
        setTimeout(() => end(''), 300);
    });
}
