// Keeps the pages and the fallback board for the time when the server is gone: the pages as they were
// loaded last, /board as it was fetched last (src/board.ts). Everything else goes to the network.
const PAGES = 'pages';
const BOARD = 'board';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function freshOrKept(request, cache) {
    try {
        const answer = await fetch(request);
        if (answer.ok) await (await caches.open(cache)).put(request, answer.clone());
        return answer;
    } catch (error) {
        const kept = await caches.match(request, { ignoreSearch: true });
        if (kept) return kept;
        throw error;
    }
}

async function keptBoard() {
    const kept = await (await caches.open(BOARD)).match('/board');
    return kept ?? new Response('no board kept / 尚无应急板', { status: 503 });
}

self.addEventListener('fetch', (event) => {
    const url = new URL(event.request.url);
    if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
    if (url.pathname === '/board' && event.request.mode === 'navigate') event.respondWith(keptBoard());
    else if (event.request.mode === 'navigate' || url.pathname.startsWith('/assets/'))
        event.respondWith(freshOrKept(event.request, PAGES));
});
