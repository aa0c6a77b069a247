// Keeps the page for a start without a network: itself and all it has loaded, for the worker
// (public/worker.js) to answer with when the server does not. Without a secure context there is none.
const alone = ['/icon.svg', '/crew.webmanifest'];

function loaded(): string[] {
    return performance
        .getEntriesByType('resource')
        .map((entry) => new URL(entry.name))
        .filter((url) => url.origin === location.origin && url.pathname.startsWith('/assets/'))
        .map((url) => url.pathname);
}

/** What an earlier build had loaded goes. */
async function renew(): Promise<void> {
    const wanted = new Set([location.pathname, ...alone, ...loaded()]);
    const cache = await caches.open(`page ${location.pathname}`);
    await cache.addAll([...wanted]);
    for (const request of await cache.keys())
        if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
}

/** Once the page is whole. */
export async function keepPage(): Promise<void> {
    if (!('serviceWorker' in navigator)) return;
    await navigator.serviceWorker.register('/worker.js');
    await renew();
}
