// From call to warning on the screen: the third call about gas in one house raises the alert on /watch,
// its plan proposed; from the switch's event to the supervisor's row all goes over real sockets.
// What is timed, and printed: from before the event of the third call is sent until the frame after the
// one with the row; what a person takes between ringing and answers is not in it.
// MINGDI_CLUSTERS: so many houses one after the other (tests/bench/README.md); else one.
import { loadavg } from 'node:os';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCentre, type TestCentre } from './centre';

const CLUSTERS = Number(process.env.MINGDI_CLUSTERS ?? 1);
const PLAN = 'gas-poisoning';
let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

interface Place {
    readonly lat: number;
    readonly lon: number;
}

/** Three kilometres apart. */
function house(cluster: number): Place {
    return { lat: 38.7 + 0.03 * (cluster % 20), lon: 106.2 + 0.035 * Math.floor(cluster / 20) };
}

let calls = 0;
/** Rings as the switch tells it, is answered, opened and asked about; when what decides was sent. */
async function call({ lat, lon }: Place): Promise<{ incident: number; sent_ms: number; decided_ms: number }> {
    const location = { lat: lat + 0.0001 * (calls % 3), lon, datum: 'wgs84', accuracy_m: 20, source: 'carrier' };
    const number = `1390003${String(++calls).padStart(4, '0')}`;
    const sent_ms = performance.timeOrigin + performance.now();
    const rang = await centre.post('gate', '/api/call-event', { event: 'ringing', line: String(calls), number, at: Date.now(), location });
    await centre.command('li.na', { answer_call: { call: rang } });
    const at = { has_place: true, lat_e7: Math.round(location.lat * 1e7), lon_e7: Math.round(lon * 1e7) };
    const incident = await centre.command('li.na', { open_incident: { call: rang, card: 'poisoning', words: '三号楼', complaint: '煤气中毒', ...at } });
    const decided_ms = performance.timeOrigin + performance.now();
    await centre.command('li.na', { answer_question: { incident, question: 901, answer: 'yes' } });
    return { incident, sent_ms, decided_ms };
}

/** In the page: when a row with a proposed plan was first to be seen, by alert and plan. */
function observe(): void {
    const seen: { [row: string]: number } = {};
    (window as unknown as { seen: typeof seen }).seen = seen;
    new MutationObserver(() => {
        requestAnimationFrame(() => requestAnimationFrame(() => {
            for (const plan of document.querySelectorAll<HTMLElement>('[data-pane=alerts] [data-plan]')) {
                const row = `${plan.closest<HTMLElement>('[data-alert]')?.dataset.alert} ${plan.dataset.plan}`;
                seen[row] ??= performance.timeOrigin + performance.now();
            }
        }));
    }).observe(document.querySelector('[data-pane=alerts]') as Node, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-plan'] });
}

/** The first alert with that plan after then. */
async function rowAfter(page: Page, sent_ms: number): Promise<{ alert: string; seen_ms: number }> {
    const found = await page.waitForFunction(
        ([plan, after]) => {
            const { seen } = window as unknown as { seen: { [row: string]: number } };
            const row = Object.entries(seen).find(([key, ms]) => key.endsWith(` ${plan}`) && ms > Number(after));
            return row ? { alert: row[0].split(' ')[0] ?? '', seen_ms: row[1] } : undefined;
        },
        [PLAN, sent_ms] as const,
    );
    return (await found.jsonValue()) as { alert: string; seen_ms: number };
}

const alertsShown = (page: Page): Promise<number[]> =>
    page.locator('[data-pane=alerts] li').evaluateAll((rows) => rows.map((row) => Number((row as HTMLElement).dataset.alert)));

/** The list is empty again. */
async function clearAll(page: Page): Promise<void> {
    for (const alert of await alertsShown(page)) await centre.command('zhao', { clear_alert: { alert, verdict: 'true_alert' } });
    await expect.poll(() => alertsShown(page)).toEqual([]);
}

async function cluster(page: Page, at: Place): Promise<[whole_ms: number, decision_ms: number]> {
    await call(at);
    await call(at);
    expect(await page.locator(`[data-plan=${PLAN}]`).count()).toBe(0);
    const { incident, sent_ms, decided_ms } = await call(at);
    const { alert, seen_ms } = await rowAfter(page, sent_ms);
    await page.locator(`[data-alert="${alert}"] button`).first().click();
    const card = page.getByTestId('alert-card');
    await card.locator(`[data-case="${incident}"]`).waitFor();
    await expect.poll(() => card.locator('[data-testid=start-plan] select').inputValue()).toBe(PLAN);
    return [seen_ms - sent_ms, seen_ms - decided_ms];
}

function spread(what: string, all_ms: readonly number[]): string {
    const sorted = all_ms.toSorted((a, b) => a - b);
    const at = (share: number): string => `${(sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(0)} ms`;
    return `${what}: n ${sorted.length}, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
}

test('the third call of a cluster is an alert on the page, its plan proposed', async () => {
    const page = await centre.open('zhao', '/watch');
    await page.locator('[data-pane=alerts]').waitFor();
    await page.evaluate(observe);
    const took = [];
    for (let i = 0; i < CLUSTERS; i++) {
        took.push(await cluster(page, house(i)));
        if (i === 0) await centre.shot(page, 'warning');
        await clearAll(page);
    }
    console.log(spread('third call to its row', took.map(([whole]) => whole)));
    console.log(spread('of it from the deciding answer', took.map(([, decision]) => decision)));
    console.log(`load ${loadavg().map((l) => l.toFixed(1)).join(' ')}`);
    await page.context().close();
}, 300000 + CLUSTERS * 60000);
