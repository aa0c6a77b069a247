// A whole incident from ringing to handover, over the pages of dispatcher, crew and hospital.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { startCentre, type TestCentre } from './centre';

let centre: TestCentre;
let tunnel: Ordered = { incident: '', assignment: '' };
beforeAll(async () => {
    centre = await startCentre();
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

interface Ordered {
    readonly incident: string;
    readonly assignment: string;
}

/** An incident that unit 1 has been ordered to. */
async function orderUnit1(): Promise<Ordered> {
    const rang = await centre.as('gate', 'call 13800000001 at=38.98,106.38');
    const call = /C\d+/.exec(rang)?.[0] ?? '';
    await centre.as('li.na', `answer ${call}`);
    const opened = await centre.as('li.na', `open ${call} card=chest-pain at=38.98,106.38 words=人民路12号`);
    const incident = /I\d+/.exec(opened)?.[0] ?? '';
    await centre.server.say('as gate do "set_duty U1 duty=on crew=3"'); // refused when it is
    await centre.as('li.na', `order ${incident} U1 reason=other`);
    const order = (await centre.journal(incident)).find((fact) => fact.kind === 'unit_ordered');
    return { incident, assignment: `A${order?.body.assignment}` };
}

async function step(page: Page, name: string): Promise<void> {
    await page.getByTestId('next-step').click();
    await page.locator(`[data-testid=order][data-step=${name}]`).waitFor();
}

test('the crew drives, the hospital waits, both confirm', async () => {
    const crew = await centre.open('crew1', '/crew');
    await crew.getByTestId('idle').waitFor();
    await orderUnit1();
    await crew.getByTestId('order').waitFor();
    await crew.getByText('人民路12号').waitFor();
    expect(await crew.getByTestId('navigate').getAttribute('href')).toMatch(/^geo:38\.98/);
    await centre.looksRight(crew, 'crew-order');
    for (const name of ['acknowledged', 'departed', 'at_scene', 'at_patient']) await step(crew, name);

    await crew.fill('input[name=heart_rate]', '112');
    await crew.fill('input[name=spo2]', '91');
    await crew.fill('input[name=temperature]', '37.2');
    await crew.keyboard.press('Enter');
    await crew.getByTestId('vitals').getByText('37.2').waitFor();
    await crew.selectOption('[data-testid=hospital]', '1');
    await centre.looksRight(crew, 'crew-vitals');

    const hospital = await centre.open('hosp1', '/hospital', 'en');
    await hospital.getByTestId('expect').click();
    await hospital.getByText('seen at').waitFor();
    await hospital.getByTestId('coming').getByText('91').waitFor();
    await step(crew, 'left_scene');
    await hospital.getByTestId('eta').waitFor();
    await centre.looksRight(hospital, 'hospital-coming');
    await step(crew, 'at_hospital');
    await hospital.getByTestId('here').waitFor();
    await centre.looksRight(hospital, 'hospital-here');
    await hospital.getByTestId('confirm').click();
    await hospital.getByText('handed over at').waitFor();
    await step(crew, 'handed_over');
    await crew.getByTestId('next-step').click();
    await crew.getByTestId('idle').waitFor();
    await centre.looksRight(hospital, 'hospital-done');
    await crew.context().close();
    await hospital.context().close();
});

/** In the tunnel: no network, and no server at its other end. */
async function enterTunnel(page: Page): Promise<void> {
    await page.context().setOffline(true);
    await centre.server.say('crash');
    await page.getByTestId('line-banner').waitFor();
}

async function leaveTunnel(page: Page): Promise<void> {
    await centre.server.say('start');
    await page.context().setOffline(false);
    await page.locator('[data-line=live]').waitFor();
    await page.getByTestId('unsent').waitFor({ state: 'detached' });
}

/** The worker has the page and stands between it and the network. */
async function isKept(page: Page): Promise<void> {
    const kept = (): Promise<boolean> =>
        page.evaluate(async () => Boolean(navigator.serviceWorker.controller && (await caches.match('/crew.webmanifest'))));
    await expect.poll(kept, { timeout: 200000 }).toBe(true);
}

test('through a tunnel: started again without a network, pressed, sent once with its times', async () => {
    const crew = await centre.open('crew1', '/crew');
    tunnel = await orderUnit1();
    await step(crew, 'acknowledged');
    await isKept(crew);
    await enterTunnel(crew);
    const before_ms = Date.now();
    await crew.reload();
    await crew.getByText('人民路12号').waitFor();
    for (const name of ['departed', 'at_scene']) await step(crew, name);
    await crew.fill('input[name=spo2]', '88');
    await crew.keyboard.press('Enter');
    await crew.fill('input[name=heart_rate]', '131');
    await centre.shot(crew, 'crew-tunnel-zh');

    await crew.reload();
    await crew.locator('[data-testid=order][data-step=at_scene]').waitFor();
    await crew.getByTestId('vitals').getByText('88').waitFor();
    expect(await crew.inputValue('input[name=heart_rate]')).toBe('131');
    await crew.getByTestId('unsent').getByText('3').waitFor();
    const after_ms = Date.now();
    await leaveTunnel(crew);

    const facts = await centre.journal(tunnel.incident);
    for (const name of ['departed', 'at_scene', 'vitals']) {
        const own = facts.filter((f) => (name === 'vitals' ? f.kind === 'vitals_recorded' : f.body.step === name));
        expect(own.length).toBe(1);
        expect(own[0]?.body.at_ms).toBeGreaterThanOrEqual(before_ms);
        expect(own[0]?.body.at_ms).toBeLessThanOrEqual(after_ms);
        expect(own[0]?.now_ms).toBeGreaterThan(after_ms);
    }
    await crew.getByTestId('vitals').getByText('88').waitFor();
    for (const name of ['at_patient', 'left_scene']) await step(crew, name);
    await crew.context().close();
});

test('what was pressed in the tunnel and is no longer wanted is refused aloud', async () => {
    const crew = await centre.open('crew1', '/crew', 'en');
    await crew.getByTestId('order').waitFor();
    await isKept(crew);
    await enterTunnel(crew);
    await step(crew, 'at_hospital');
    await crew.reload();
    await crew.getByTestId('unsent').waitFor();
    await centre.server.say('start');
    await centre.as('li.na', `do "report_step ${tunnel.assignment} step=completed source=dispatcher"`);
    await crew.context().setOffline(false);
    await crew.getByTestId('refused-later').waitFor();
    await centre.shot(crew, 'crew-refused-en');
    await crew.context().close();
});

test('the shift: who rides, what the check found, a message each way', async () => {
    const crew = await centre.open('crew2', '/crew', 'en');
    await crew.fill('input[name=names]', '王医生 李护士 张师傅');
    await crew.keyboard.press('Enter');
    await crew.getByText('王医生 李护士 张师傅').waitFor();
    await crew.fill('input[name=fuel]', '80');
    await crew.fill('input[name=oxygen]', '55');
    await crew.fill('input[name=missing]', '肾上腺素');
    await crew.keyboard.press('Enter');
    await crew.getByText('肾上腺素').waitFor();
    await crew.getByTestId('talk').locator('input').fill('轮胎偏软');
    await crew.keyboard.press('Enter');
    await crew.getByTestId('talk').getByText('轮胎偏软').waitFor();
    await centre.as('li.na', 'message U2 请回站更换');
    await crew.getByTestId('talk').getByText('请回站更换').waitFor();
    await centre.looksRight(crew, 'crew-shift');
    await crew.context().close();
});

test('a hospital tells its beds and its status', async () => {
    const page = await centre.open('hosp1', '/hospital');
    await page.fill('input[name=beds]', '3');
    await page.fill('input[name=wait]', '25');
    await page.locator('[data-status=divert]').click();
    await page.locator('[data-status=divert][aria-pressed=true]').waitFor();
    await centre.looksRight(page, 'hospital-beds');
    await page.context().close();
});
