// A whole incident from ringing to its end, by keyboard alone, over the pages of dispatcher, crew and
// hospital, in a city whose vehicles drive (citysim), with PostGIS and Redis behind it.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCentre, tabTo, type TestCentre } from './centre';

let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
    await centre.server.say('silent-crews');
    await centre.server.say('city --calls-per-day 1');
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

const steps = ['acknowledged', 'departed', 'at_scene', 'at_patient', 'left_scene', 'at_hospital', 'handed_over', 'completed'];

/** From the banner to the order; the unit that has it. */
async function takeCall(page: Page): Promise<number> {
    const key = (name: string): Promise<void> => page.keyboard.press(name);
    await page.locator('tr[data-doing=available]').first().waitFor();
    await centre.as('gate', 'call 13900000001 at=39.0100,106.3700');
    await page.getByTestId('ringing').waitFor();
    await key('F2');
    await page.locator('#place:focus').waitFor();
    await page.getByTestId('caller').getByText('13900000001').waitFor();
    await page.keyboard.type('39.0120,106.3720');
    await page.locator('#places [role=option]').first().waitFor();
    await key('Enter');
    await page.locator('#card:focus').waitFor();
    await page.keyboard.type('xt');
    await page.locator('#cards [role=option]').first().waitFor();
    await key('Enter');
    await page.getByTestId('questions').waitFor();
    await key('F4');
    for (const answer of ['1', '1', '2', '1']) await key(answer);
    await page.getByTestId('grade').locator('.grade').filter({ hasText: /[12]/ }).waitFor();
    await key('F6');
    await page.locator('[data-pane=ranking] table:focus tr[aria-selected=true]').waitFor();
    await key('Enter');
    const ordered = page.locator('[data-pane=units] tr[data-doing=ordered]');
    await ordered.waitFor();
    return Number(await ordered.getAttribute('data-unit'));
}

async function signInByKeys(page: Page, login: string): Promise<void> {
    await page.locator('input[name=login]:focus').waitFor();
    await page.keyboard.type(login);
    await page.keyboard.press('Tab');
    await page.keyboard.type(await centre.password(login));
    await page.keyboard.press('Enter');
    await page.locator('[data-line=live]').waitFor();
}

async function step(crew: Page, name: string): Promise<void> {
    await tabTo(crew, '[data-testid=next-step]');
    await crew.keyboard.press('Enter');
    const reached = name === 'completed' ? '[data-testid=idle]' : `[data-testid=order][data-step=${name}]`;
    await crew.locator(reached).waitFor();
}

async function recordVitals(crew: Page): Promise<void> {
    await tabTo(crew, 'input[name=heart_rate]');
    await crew.keyboard.type('118');
    await tabTo(crew, 'input[name=spo2]');
    await crew.keyboard.type('93');
    await crew.keyboard.press('Enter');
    await crew.getByTestId('vitals').getByText('118').waitFor();
    await tabTo(crew, 'select[data-testid=hospital]');
    await crew.keyboard.press('ArrowDown');
}

test('from ringing to handover by keyboard alone', async () => {
    const desk = await centre.window('/');
    await signInByKeys(desk, 'li.na');
    const unit = await takeCall(desk);
    await centre.server.say(`account riders crew --scope U${unit}`);
    const crew = await centre.window('/crew');
    await signInByKeys(crew, 'riders');
    const hospital = await centre.window('/hospital');
    await signInByKeys(hospital, 'hosp1');
    await crew.getByTestId('order').waitFor();
    await centre.shot(crew, 'whole-crew-order-zh');
    for (const name of steps.slice(0, 4)) await step(crew, name);
    await recordVitals(crew);
    await hospital.getByTestId('coming').getByText('93').waitFor();
    await tabTo(hospital, '[data-testid=expect]');
    await hospital.keyboard.press('Enter');
    await hospital.getByTestId('coming').getByText('✓').waitFor();
    await step(crew, 'left_scene');
    await hospital.getByTestId('eta').waitFor();
    await centre.shot(hospital, 'whole-hospital-coming-zh');
    await step(crew, 'at_hospital');
    await hospital.getByTestId('here').waitFor();
    await tabTo(hospital, '[data-testid=confirm]');
    await hospital.keyboard.press('Enter');
    await hospital.getByTestId('here').getByText('已交接').waitFor();
    for (const name of steps.slice(6)) await step(crew, name);

    await desk.keyboard.press('Control+k');
    await desk.keyboard.type('close treated');
    await desk.keyboard.press('Enter');
    await desk.locator('[data-pane=incident]').getByText('已结案 已救治').waitFor();
    await centre.shot(desk, 'whole-dispatcher-closed-zh');
    await timelineIsWhole(desk);
    expect((await centre.server.say('journal verify')).code).toBe(0);
});

/** Every time point, on the page and in the journal, in order. */
async function timelineIsWhole(desk: Page): Promise<void> {
    const facts = await centre.journal('I1');
    const of = (kind: string): number => facts.find((fact) => fact.kind === kind)?.now_ms ?? 0;
    const reached = new Map(facts.filter((f) => f.kind === 'step_reached').map((f) => [f.body.step, Number(f.body.at_ms)]));
    const points = [of('call_rang'), of('call_answered'), of('incident_opened'), of('unit_ordered'),
        ...steps.map((name) => reached.get(name) ?? 0), of('incident_closed')];
    expect(points.filter((ms) => ms === 0)).toEqual([]);
    expect(points).toEqual([...points].sort((a, b) => a - b));
    for (const kind of ['vitals_recorded', 'patient_expected', 'handover_confirmed', 'hospital_chosen']) expect(of(kind)).toBeGreaterThan(0);
    const shown = await desk.locator('.timeline').innerText();
    for (const words of ['接令', '出车', '到达现场', '接触患者', '离开现场', '到达医院', '交接完成', '任务完成']) expect(shown).toContain(words);
}
