// The line under a page: cut, mended, the server killed; nothing missed, nothing done twice, and nothing
// told to those who may not know it.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idsOf } from '../../src/timeline';
import { startCentre, Wire, type TestCentre } from './centre';

let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
    await centre.as('gate', 'call 13900000003 at=39.0100,106.3700');
    await centre.as('li.na', 'answer C1');
    await centre.as('li.na', 'open C1 card=chest-pain at=39.0100,106.3700');
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

async function openIncident(login: string): Promise<{ page: Page; wire: Wire }> {
    const { page, wire } = await Wire.window(centre);
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
