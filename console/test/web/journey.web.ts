// A whole incident from ringing to handover, over the pages of dispatcher, crew and hospital.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { startCentre, type TestCentre } from './centre';

let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

/** An incident that unit 1 has been ordered to; its number. */
async function orderUnit1(): Promise<string> {
    const rang = await centre.as('gate', 'call 13800000001 at=38.98,106.38');
    const call = /C\d+/.exec(rang)?.[0] ?? '';
    await centre.as('li.na', `answer ${call}`);
    const opened = await centre.as('li.na', `open ${call} card=chest-pain at=38.98,106.38 words=人民路12号`);
    const incident = /I\d+/.exec(opened)?.[0] ?? '';
    await centre.server.say('as gate do "set_duty U1 duty=on crew=3"'); // refused when it is
    await centre.as('li.na', `order ${incident} U1 reason=other`);
    return incident;
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
    await centre.shot(crew, 'crew-order-zh');
    for (const name of ['acknowledged', 'departed', 'at_scene', 'at_patient']) await step(crew, name);

    await crew.fill('input[name=heart_rate]', '112');
    await crew.fill('input[name=spo2]', '91');
    await crew.fill('input[name=temperature]', '37.2');
    await crew.keyboard.press('Enter');
    await crew.getByTestId('vitals').getByText('37.2').waitFor();
    await crew.selectOption('[data-testid=hospital]', '1');
    await centre.shot(crew, 'crew-vitals-zh');

    const hospital = await centre.open('hosp1', '/hospital', 'en');
    await hospital.getByTestId('expect').click();
    await hospital.getByText('seen at').waitFor();
    await hospital.getByTestId('coming').getByText('91').waitFor();
    await centre.shot(hospital, 'hospital-coming-en');
    for (const name of ['left_scene', 'at_hospital']) await step(crew, name);
    await hospital.getByTestId('here').waitFor();
    await hospital.getByTestId('confirm').click();
    await hospital.getByText('handed over at').waitFor();
    await step(crew, 'handed_over');
    await crew.getByTestId('next-step').click();
    await crew.getByTestId('idle').waitFor();
    await centre.shot(hospital, 'hospital-done-en');
    await crew.context().close();
    await hospital.context().close();
});

test('through a tunnel: pressed offline, kept over a reload of the line, sent once with its time', async () => {
    const crew = await centre.open('crew1', '/crew');
    const incident = await orderUnit1();
    await crew.getByTestId('order').waitFor();
    await crew.context().setOffline(true);
    await centre.server.say('crash');
    await crew.getByTestId('line-banner').waitFor();
    await crew.getByTestId('next-step').click();
    await crew.getByTestId('next-step').click();
    await crew.getByTestId('unsent').waitFor();
    await crew.locator('[data-testid=order][data-step=departed]').waitFor();
    await centre.shot(crew, 'crew-tunnel-zh');
    await centre.server.say('start');
    await crew.context().setOffline(false);
    await crew.locator('[data-line=live]').waitFor();
    await crew.getByTestId('unsent').waitFor({ state: 'detached' });
    const facts = await centre.as('li.na', `facts --incident ${incident}`);
    expect(facts.match(/step_reached .*acknowledged/g)?.length).toBe(1);
    expect(facts.match(/step_reached .*departed/g)?.length).toBe(1);
    await crew.getByTestId('refuse').waitFor({ state: 'detached' });
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
    await centre.shot(crew, 'crew-shift-en');
    await crew.context().close();
});

test('a hospital tells its beds and its status', async () => {
    const page = await centre.open('hosp1', '/hospital');
    await page.fill('input[name=beds]', '3');
    await page.fill('input[name=wait]', '25');
    await page.locator('[data-status=divert]').click();
    await centre.shot(page, 'debug-beds');
    await page.locator('[data-status=divert][aria-pressed=true]').waitFor();
    expect(await centre.as('li.na', 'status')).toBeTruthy();
    await centre.shot(page, 'hospital-beds-zh');
    await page.context().close();
});
