// The fallback board: the server's printable sheet, fetched every minute and kept by the service worker
// (public/worker.js), so that a browser that has lost everything still shows who is where: /board.
import { kept } from './token';

const EVERY_MS = 60000;
const CACHE = 'board';

async function renew(): Promise<void> {
    const token = kept();
    if (!token) return;
    const answer = await fetch('/board', { headers: { authorization: `Bearer ${token}` } });
    if (answer.ok) await (await caches.open(CACHE)).put('/board', answer);
}

/** Until the returned function is called. Without a secure context there is no worker and no board. */
export function keepBoard(): () => void {
    if (!('serviceWorker' in navigator)) return () => undefined;
    const once = (): void => void renew().catch(() => undefined);
    const first = setTimeout(once, 2000);
    const timer = setInterval(once, EVERY_MS);
    return () => {
        clearTimeout(first);
        clearInterval(timer);
    };
}
