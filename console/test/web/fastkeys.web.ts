// ArrowDown and Enter, unawaited, a thousand times, the CPU throttled six times, re-rankings arriving
// between them: the unit that is ordered is always the one in the row below the mark on the screen.
// The server's side of the stream is played here, so that re-rankings come when they hurt most.
import type { CDPSession, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decode, empty, encode, type Message } from '../../src/codec';
import { startCentre, type TestCentre } from './centre';

const TIMES = 1000;
const UNITS = 8;
/** So often the hand rests long enough for the list to move. */
const REST_EVERY = 100;

let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

interface Ordered {
    readonly unit: number;
    readonly seen_seq: number;
}

/** A server of one incident whose ranking changes all the time. */
class Ranker {
    readonly ordered: Ordered[] = [];
    readonly rankings = new Map<number, readonly number[]>();
    #seq = 1;
    constructor(private readonly socket: WebSocketRoute) {
        socket.onMessage((bytes) => this.#hear(decode('ClientFrame', bytes as Buffer)));
    }
    #say(kind: string, message: string, body: Message): void {
        const frame = { as_of_seq: this.#seq, kind, body: { ...empty(message), ...body } };
        this.socket.send(Buffer.from(encode('ServerFrame', frame)));
    }
    #hear(frame: Message): void {
        const body = frame.body as Message;
        if (frame.kind === 'hello') this.#picture();
        if (frame.kind === 'ping') this.#say('heartbeat', 'Heartbeat', { now_ms: Date.now(), number: body.number ?? 0 });
        if (frame.kind === 'query') this.#say('report', 'Report', { number: body.number ?? 0, error: 'not here' });
        if (frame.kind !== 'command') return;
        if (body.kind === 'order_unit') this.ordered.push(body.body as unknown as Ordered);
        this.#say('reply', 'Reply', { client: body.client ?? 0, number: body.number ?? 0, refusal: 'none' });
    }
    #picture(): void {
        this.#say('welcome', 'Welcome', { journal_id: 'x', epoch: 1, role: 'dispatcher', user: 1, now_ms: Date.now(), command_window: 64 });
        const units = Array.from({ length: UNITS }, (_, i) => ({
            kind: 'unit', body: { ...empty('Unit'), unit: i + 1, code: `T-${i + 1}`, duty: 'on' } }));
        const incident = { kind: 'incident', body: { ...empty('Incident'), incident: 1, state: 'open', grade: 2 } };
        this.#say('snapshot', 'Snapshot', { object: [...units, incident] as unknown as Message[], last: true });
    }
    rerank(): void {
        const units = Array.from({ length: UNITS }, (_, i) => i + 1).sort(() => Math.random() - 0.5);
        const after_seq = this.#seq++;
        this.rankings.set(this.#seq, units.slice(0, 5));
        const fact = { kind: 'recommended', body: { ...empty('Recommended'), incident: 1, slot_unit: [units[0] ?? 0],
            row_unit: units.slice(0, 5), row_eta_s: [60, 120, 180, 240, 300] } };
        const record = { ...empty('Record'), seq: this.#seq, fact: [fact] } as unknown as Message;
        this.#say('facts', 'Facts', { after_seq, upto_seq: this.#seq, record: [record] });
    }
}

test('no wrong row in a thousand', async () => {
    let ranker: Ranker | undefined;
    const page = await centre.window('/?panes=queue,ranking', 'zh', (fresh) =>
        fresh.routeWebSocket(/\/ws$/, (socket) => {
            ranker = new Ranker(socket);
        }),
    );
    await centre.signIn(page, 'li.na');
    await page.locator('[data-incident="1"]').click();
    const server = ranker as unknown as Ranker;
    server.rerank();
    await page.locator('[data-pane=ranking] tr[aria-selected=true]').waitFor();
    // What is on the screen when a key comes, told by the screen itself.
    await page.evaluate(() => {
        const seen: number[] = [];
        Object.assign(window, { seen });
        window.addEventListener('keydown', (event) => {
            if (event.key !== 'ArrowDown') return;
            const rows = [...document.querySelectorAll('[data-pane=ranking] tr[data-unit]')];
            const at = rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
            seen.push(Number(rows[Math.min(at + 1, rows.length - 1)]?.getAttribute('data-unit')));
        }, { capture: true });
    });
    await page.keyboard.press('F6');
    const cdp: CDPSession = await page.context().newCDPSession(page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 6 });
    let keys: Promise<void>[] = [];
    for (let i = 0; i < TIMES; i++) {
        server.rerank();
        keys.push(page.keyboard.press('ArrowDown'));
        server.rerank();
        keys.push(page.keyboard.press('Enter'));
        if (i % REST_EVERY !== REST_EVERY - 1) continue;
        await Promise.all(keys);
        keys = [];
        const was = await page.locator('[data-pane=ranking] [role=grid]').getAttribute('data-seq');
        server.rerank();
        await page.waitForFunction((seq) => document.querySelector('[data-pane=ranking] [role=grid]')?.getAttribute('data-seq') !== seq, was);
    }
    await Promise.all(keys);
    await expect.poll(() => server.ordered.length, { timeout: 200000 }).toBe(TIMES);
    const seen = await page.evaluate(() => (window as unknown as { seen: number[] }).seen);
    const wrong = server.ordered.filter((order, i) => order.unit !== seen[i]);
    expect(seen.length).toBe(TIMES);
    expect(wrong).toEqual([]);
    expect(server.ordered.filter((order) => order.seen_seq === 0)).toEqual([]);
    expect(new Set(server.ordered.map((order) => order.seen_seq)).size).toBeGreaterThan(TIMES / REST_EVERY / 2);
    await page.context().close();
});
