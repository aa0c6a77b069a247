// page.mjs CONSOLE SECONDS FACTS_A_SECOND UNITS: what page.sh measures; PAGE_URL, PAGE_DIR (passwords and
// tokens) from there, CHROMIUM if it is not /usr/bin/chromium, PAGE_PANES to show no more than these
// (without `map`: what is left when nothing has to be drawn by WebGL in software).
//
// Every unit's duty is toggled in turn by a command over HTTP at Poisson moments. The page is told
// nothing of this: an observer in it sees the row of that unit change, and takes the time when the
// frame after the next begins, so that the one with the change has been handed to the screen. The
// time counts from before the command is sent: the way to the server and its disk are in it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [consoleDir, ...given] = process.argv.slice(2);
const [seconds, rate, units] = given.map(Number);
const { chromium } = createRequire(resolve(consoleDir, 'package.json'))('playwright-core');
const url = process.env.PAGE_URL;
const file = (name) => readFileSync(join(process.env.PAGE_DIR, name), 'utf8').trim();
const panes = process.env.PAGE_PANES ?? '';
const OPEN = 30;
/** Incidents that come and go: one so often, each of so many steps. */
const LIFE_EVERY_MS = 5000;
const LIFE_STEP_MS = 2000;
const LIFE_UNITS = 20;
/** page.sh's limits.retention_min, and the longest life: from then on as much goes as comes. */
const STEADY_S = 240;
const HEAP_EVERY_MS = Math.max(20000, (seconds * 1000) / 60);

const token = { gateway: file('gateway.token'), dispatcher: file('dispatcher.token') };
/** Commands of one client must come in order; these may overtake each other. */
const CLIENTS = 256;
let sendings = 0;
async function command(who, body) {
    const [client, number] = [900 + (sendings % CLIENTS), 1 + Math.floor(sendings++ / CLIENTS)];
    const answer = await fetch(`${url}/api/command`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token[who]}` },
        body: JSON.stringify({ client, number, ...body }),
    });
    const said = answer.ok ? await answer.json() : { refusal: `${answer.status} ${await answer.text()}` };
    if (said.refusal !== 'none') throw new Error(`${JSON.stringify(body)}: ${said.refusal} ${said.en ?? ''}`);
    return said;
}

async function openIncidents() {
    for (let i = 1; i <= OPEN; i++) {
        const at = { has_place: true, lat_e7: 390100000 + (i % 6) * 20000, lon_e7: 1063700000 + i * 3000 };
        await command('gateway', { ring_call: { number: `1390002${String(i).padStart(4, '0')}`, ...at } });
        await command('dispatcher', { answer_call: { call: i } });
        await command('dispatcher', { open_incident: { call: i, card: 'chest-pain', words: `朝阳街${i}号`, ...at } });
    }
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const ms = (value) => `${value.toFixed(0)} ms`;

async function firstPaint(page) {
    await page.goto(panes ? `${url}/?panes=${panes}` : url);
    await page.locator('input[name=login]').waitFor();
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    await page.fill('input[name=login]', 'dispatcher');
    await page.fill('input[name=password]', file('dispatcher.password'));
    const entered = Date.now();
    await page.keyboard.press('Enter');
    await page.waitForFunction((n) => document.querySelectorAll('[data-pane=units] tr[data-unit]').length >= n, units);
    const whole = Date.now() - entered;
    console.log(`cold: first paint ${ms(paint)}; from signing in to every unit's row ${ms(whole)}`);
}

/** Rows that change, with the time at which it was to be seen. */
function observe() {
    window.changes = [];
    const seen = new MutationObserver((records) => {
        const changed = records.map((r) => Number(r.target.getAttribute('data-unit'))).filter(Boolean);
        if (changed.length === 0) return;
        requestAnimationFrame(() => requestAnimationFrame(() => {
            const at = performance.timeOrigin + performance.now();
            for (const unit of changed) window.changes.push([unit, at]);
        }));
    });
    seen.observe(document.querySelector('[data-pane=units]'), { subtree: true, attributes: true, attributeFilter: ['data-doing'] });
}

/** CPU seconds so far, by kind of process. */
async function cpu(browserSession) {
    const { processInfo } = await browserSession.send('SystemInfo.getProcessInfo');
    const sum = {};
    for (const { type, cpuTime } of processInfo) sum[type] = (sum[type] ?? 0) + cpuTime;
    return sum;
}

async function heap(session) {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1048576;
}

async function domNodes(session) {
    await session.send('Performance.enable');
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'Nodes').value;
}

/** MiB an hour, least squares. */
function slope(points) {
    const mean = (k) => points.reduce((sum, p) => sum + p[k], 0) / points.length;
    const [x, y] = [mean(0), mean(1)];
    const over = points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0);
    return (over / points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0)) * 3600;
}

async function load(sent, until) {
    const off = new Map();
    const waiting = [];
    let due = Date.now();
    for (let i = 0; ; i++) {
        due += (-Math.log(1 - Math.random()) / rate) * 1000;
        if (due > until) break;
        await wait(Math.max(0, due - Date.now()));
        const unit = 101 + ((i * 7) % units);
        off.set(unit, !off.get(unit));
        sent.push([unit, Date.now()]);
        waiting.push(command('gateway', { set_duty: { unit, duty: off.get(unit) ? 'off' : 'on' } }));
    }
    await Promise.all(waiting);
}

const wait = (ms) => new Promise((go) => setTimeout(go, ms));

/** One incident from its call to its end, by one of the city's own units. */
async function life(i) {
    const at = { has_place: true, lat_e7: 390200000, lon_e7: 1063800000 + (i % 100) * 3000 };
    const unit = 1 + (i % LIFE_UNITS);
    const { made: call } = await command('gateway', { ring_call: { number: `138${String(i).padStart(8, '0')}`, ...at } });
    await command('dispatcher', { answer_call: { call } });
    const { made: incident } = await command('dispatcher', { open_incident: { call, card: 'chest-pain', words: `朝阳街${i}号`, ...at } });
    const { made: assignment } = await command('dispatcher', { order_unit: { incident, unit, reason: 'other' } });
    await command('gateway', { end_call: { call } });
    for (const step of ['acknowledged', 'departed', 'at_scene', 'at_patient', 'left_scene', 'at_hospital', 'handed_over', 'completed']) {
        await wait(LIFE_STEP_MS);
        await command('gateway', { report_step: { assignment, step, source: 'crew' } });
    }
    await command('dispatcher', { close_incident: { incident, outcome: 'treated' } });
}

async function lives(until) {
    const going = [];
    for (let unit = 1; unit <= LIFE_UNITS; unit++) await command('gateway', { set_duty: { unit, duty: 'on', crew: 3 } });
    for (let i = 0; Date.now() < until; i++) {
        going.push(life(i));
        await wait(LIFE_EVERY_MS);
    }
    await Promise.all(going);
}

/** Each sending with the next change of its row. */
function latencies(sent, changes) {
    const byUnit = new Map();
    for (const [unit, at] of changes) byUnit.set(unit, [...(byUnit.get(unit) ?? []), at]);
    return sent.map(([unit, at]) => (byUnit.get(unit) ?? []).find((seen) => seen >= at)).map((seen, i) => seen - sent[i][1]);
}

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-quic', '--enable-unsafe-swiftshader'],
});
const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, timezoneId: 'Asia/Shanghai' });
context.setDefaultTimeout(300000);
const page = await context.newPage();
await openIncidents();
await firstPaint(page);
if (!panes || panes.includes('map')) await page.locator('[data-map=ready]').waitFor();
await page.evaluate(observe);
const session = await context.newCDPSession(page);
const whole = await browser.newBrowserCDPSession();
let received = 0;
await session.send('Network.enable');
session.on('Network.webSocketFrameReceived', ({ response }) => {
    received += response.opcode === 2 ? Buffer.byteLength(response.payloadData, 'base64') : response.payloadData.length;
});

const sent = [], heaps = [], changes = [];
/** The page's heap is what is measured: nothing of ours stays in it. */
const takeChanges = () => page.evaluate(() => window.changes.splice(0));
const nodesBefore = await domNodes(session);
const [cpuBefore, began] = [await cpu(whole), Date.now()];
const loading = Promise.all([load(sent, began + seconds * 1000), lives(began + seconds * 1000)]);
while (Date.now() < began + seconds * 1000) {
    changes.push(...(await takeChanges()));
    heaps.push([(Date.now() - began) / 1000, await heap(session)]);
    await new Promise((go) => setTimeout(go, Math.min(HEAP_EVERY_MS, Math.max(0, began + seconds * 1000 - Date.now()))));
}
await loading;
const [cpuAfter, spent] = [await cpu(whole), (Date.now() - began) / 1000];
heaps.push([spent, await heap(session)]);
await new Promise((go) => setTimeout(go, 3000)); // the last changes
changes.push(...(await takeChanges()));
const took = latencies(sent, changes);
const seen = took.filter((t) => !Number.isNaN(t)).sort((a, b) => a - b);
console.log(`${sent.length} commands in ${spent.toFixed(0)} s (${(sent.length / spent).toFixed(1)} a second), ${took.length - seen.length} not seen as a change`);
console.log(`sent to pixels: p50 ${ms(quantile(seen, 0.5))}, p90 ${ms(quantile(seen, 0.9))}, p99 ${ms(quantile(seen, 0.99))}, max ${ms(seen.at(-1))}`);
const share = (type) => `${(((cpuAfter[type] ?? 0) - (cpuBefore[type] ?? 0)) * 100 / spent).toFixed(0)} %`;
console.log(`CPU of one core: page ${share('renderer')}, graphics ${share('GPU')}, browser ${share('browser')}`);
console.log(`stream: ${(received / spent / 1024).toFixed(1)} KiB a second`);
console.log(`heap after GC: ${heaps.map(([, mib]) => mib.toFixed(1)).join(' ')} MiB`);
const steady = heaps.filter(([at_s]) => at_s >= STEADY_S);
if (steady.length > 2) console.log(`steady from ${STEADY_S} s: ${slope(steady).toFixed(2)} MiB an hour over ${steady.length} points`);
console.log(`DOM nodes ${nodesBefore}, at the end ${await domNodes(session)}`);
if (process.env.MINGDI_SHOTS) await page.screenshot({ path: join(process.env.MINGDI_SHOTS, 'bench-page.png') });
await browser.close();
