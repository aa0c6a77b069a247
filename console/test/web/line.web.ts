// The line under a page: cut, mended, the server killed; nothing missed, nothing done twice, and nothing
// told to those who may not know it.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idsOf } from '../../src/timeline';
import { objectsOf } from '../objects';
import { startCentre, Wire, type TestCentre } from './centre';
import { SlowDoor } from './slow_door';

let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre('gate.client_buffer=64KiB', 'gate.slow_s=2');
    await centre.as('gate', 'call 13900000003 at=39.0100,106.3700');
    await centre.as('li.na', 'answer C1');
    await centre.as('li.na', 'open C1 card=chest-pain at=39.0100,106.3700');
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

async function openIncident(login: string, address?: string): Promise<{ page: Page; wire: Wire }> {
    const { page, wire } = await Wire.window(centre, '/', address);
    await centre.signIn(page, login);
    await page.locator('[data-incident="1"]').click();
    return { page, wire };
}

test('a cut line is told, and resumed without a gap', async () => {
    const { page, wire } = await openIncident('li.na');
    await wire.cut();
    await page.getByTestId('line-banner').waitFor();
    for (const words of ['one', 'two', 'three']) await centre.as('wang', `note I1 ${words}`);
    wire.mend();
    await page.locator('.timeline').getByText('three').waitFor();
    await centre.as('wang', 'note I1 four');
    await page.locator('.timeline').getByText('four').waitFor();
    expect(wire.gaps()).toEqual([]);
    const welcomes = wire.frames.flatMap((f) => (f.kind === 'welcome' ? [f.body.resumes] : []));
    expect(welcomes[0]).toBe(false);
    expect(welcomes.slice(1)).toContain(true);
    await page.context().close();
});

test('a server that was killed and started again goes on where it was', async () => {
    const { page, wire } = await openIncident('li.na');
    await centre.as('wang', 'note I1 before');
    await page.locator('.timeline').getByText('before').waitFor();
    await centre.server.say('crash');
    await page.getByTestId('line-banner').waitFor();
    await centre.server.say('start');
    await centre.as('wang', 'note I1 behind');
    await page.locator('.timeline').getByText('behind').waitFor();
    expect(wire.gaps()).toEqual([]);
    expect(wire.frames.flatMap((f) => (f.kind === 'welcome' ? [f.body.resumes] : []))).toEqual([false, true]);
    await page.context().close();
});

test('a command given while the server is dead acts once when it is back', async () => {
    const { page } = await openIncident('li.na');
    await centre.server.say('crash');
    await page.getByTestId('line-banner').waitFor();
    await page.keyboard.press('F9');
    await page.keyboard.type('只此一次');
    await page.keyboard.press('Enter');
    await centre.server.say('start');
    await page.locator('.timeline').getByText('只此一次').waitFor();
    await centre.as('wang', 'note I1 after');
    await page.locator('.timeline').getByText('after').waitFor();
    expect(await page.locator('.timeline').getByText('只此一次').count()).toBe(1);
    await page.context().close();
});

/** What the page shows of what has changed. */
async function shown(page: Page): Promise<unknown> {
    return page.evaluate(() => [
        [...document.querySelectorAll('[data-pane=units] tr')].map((row) => `${row.getAttribute('data-unit')} ${row.getAttribute('data-doing')}`),
        [...document.querySelectorAll('[data-pane=queue] [data-incident]')].map((row) => row.getAttribute('data-incident')),
        [...document.querySelectorAll('.timeline li')].map((line) => line.textContent),
    ]);
}

test('a page that hears too slowly says so, is cut off, resumes and ends as the other one, which waits for nothing', async () => {
    const cutOffs = async (): Promise<number> => {
        const metrics = await (await fetch(`${centre.url}/metrics`)).text();
        return Number(/gate_cut_offs_total (\d+)/.exec(metrics)?.[1]);
    };
    const door = await SlowDoor.open(centre.server.door, centre.server.address);
    const slow = await openIncident('li.na', centre.server.door);
    const other = await openIncident('wang');
    const before = await cutOffs();
    door.trickle(1000);
    const units = Array.from({ length: 20 }, (_, i) => i + 3);
    await centre.many('gate', units.map((unit) => ({ set_duty: { unit, duty: 'on', crew: 3 } })));
    await centre.many('wang', Array<object>(150).fill({ add_note: { incident: 1, words: '慢'.repeat(1300) } }));
    await centre.as('gate', 'call 13900000005 at=39.0100,106.3700');
    await centre.as('wang', 'note I1 to everybody');
    await other.page.locator('.timeline').getByText('to everybody').waitFor();
    await slow.page.getByTestId('line-banner').getByText(/落后|重连/).waitFor();
    expect(await slow.page.getByText('to everybody').count()).toBe(0);
    await expect.poll(cutOffs, { timeout: 200000 }).toBeGreaterThan(before);
    await centre.shot(slow.page, 'dispatcher-behind');
    expect(await other.page.getByTestId('line-banner').count()).toBe(0);
    door.release();
    await slow.page.locator('.timeline').getByText('to everybody').waitFor();
    await slow.page.getByTestId('line-banner').waitFor({ state: 'detached' });
    expect([...slow.wire.gaps(), ...other.wire.gaps()]).toEqual([]);
    expect(slow.wire.frames.filter((frame) => frame.kind === 'welcome').length).toBeGreaterThan(1);
    expect(other.wire.frames.filter((frame) => frame.kind === 'welcome').length).toBe(1);
    await expect.poll(() => slow.wire.folded().seq - other.wire.folded().seq, { timeout: 200000 }).toBe(0);
    expect(objectsOf(slow.wire.folded())).toEqual(objectsOf(other.wire.folded()));
    await expect.poll(() => shown(slow.page), { timeout: 200000 }).toEqual(await shown(other.page));
    await Promise.all([slow, other].map(({ page }) => page.context().close()));
    door.close();
});

test('a crew is told of its own and of nothing else', async () => {
    await centre.as('gate', 'do "set_duty U1 duty=on crew=3"');
    await centre.as('li.na', 'order I1 U1');
    await centre.as('gate', 'call 13900000004 at=39.0300,106.3900');
    const { page, wire } = await Wire.window(centre, '/crew');
    await centre.signIn(page, 'crew2');
    await centre.as('li.na', 'note I1 secret');
    await centre.as('li.na', 'message U2 hello');
    await expect.poll(() => JSON.stringify(wire.frames).includes('hello'), { timeout: 200000 }).toBe(true);
    toldNothingOf(wire);
    await page.context().close();
});

test('a hospital is told of nobody who is not on the way to it', async () => {
    const { page, wire } = await Wire.window(centre, '/hospital');
    await centre.signIn(page, 'hosp1');
    await centre.as('li.na', 'note I1 secret');
    await centre.as('gate', 'do "set_hospital_status H1 status=busy beds_free=7 handover_wait_s=0"');
    await page.locator('[data-status=busy][aria-pressed=true]').waitFor();
    toldNothingOf(wire);
    expect(wire.frames.flatMap((f) => (f.kind === 'positions' ? f.body.unit : []))).toEqual([]);
    await page.context().close();
});

/** No call, no incident, no assignment, nothing personal: on the wire, not on the screen. */
function toldNothingOf(wire: Wire): void {
    expect(JSON.stringify(wire.frames)).not.toMatch(/secret|1390000000/);
    const facts = wire.frames.flatMap((f) => (f.kind === 'facts' ? f.body.record.flatMap((r) => r.fact) : []));
    expect(facts.filter((fact) => idsOf(fact).has('call') || idsOf(fact).has('incident'))).toEqual([]);
    const things = wire.frames.flatMap((f) => (f.kind === 'snapshot' ? f.body.object.map((o) => o.kind) : []));
    for (const kind of ['call', 'incident', 'assignment', 'alert', 'task', 'terminal']) expect(things).not.toContain(kind);
}
