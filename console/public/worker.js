// Answers for the server when it does not: pages as they were kept last (src/offline.ts), /board as it
// was fetched last (src/board.ts). What is under /assets/ never changes, so what is kept comes first;
// a page comes from the server, unless that is silent for longer than a crew would wait.
const SILENT_MS = 4000;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

const kept = (request) => caches.match(request, { ignoreSearch: true });

async function keptOrFresh(request) {
    return (await kept(request)) ?? fetch(request);
}

async function freshOrKept(request) {
    const fresh = fetch(request);
    const silent = new Promise((done) => setTimeout(done, SILENT_MS));
    const answer = await Promise.race([fresh, silent]).catch(() => undefined);
    if (answer && answer.status < 500) return answer;
    return (await kept(request)) ?? fresh;
}

async function keptBoard() {
    const sheet = await (await caches.open('board')).match('/board');
    return sheet ?? new Response('no board kept / 尚无应急板', { status: 503 });
}

self.addEventListener('fetch', (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (request.method !== 'GET' || url.origin !== self.location.origin) return;
    if (request.mode === 'navigate')
        event.respondWith(url.pathname === '/board' ? keptBoard() : freshOrKept(request));
    else if (url.pathname.startsWith('/assets/')) event.respondWith(keptOrFresh(request));
    else if (/^\/[^/]*\.(svg|webmanifest)$/.test(url.pathname)) event.respondWith(freshOrKept(request));
});
