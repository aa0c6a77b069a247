// The dispatcher's page: an incident from ringing to its end by keyboard alone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCentre, type TestCentre } from './centre';

let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
    await centre.server.say('city --calls-per-day 1');
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

test('an incident by keyboard alone', async () => {
    const page = await centre.open('li.na');
    const key = (name: string): Promise<void> => page.keyboard.press(name);
    await page.locator('tr[data-doing=available]').first().waitFor();
    await centre.as('gate', 'call 13900000001 at=39.0100,106.3700');
    await page.getByTestId('ringing').waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BODY');
    await key('F2');
    await page.locator('#place:focus').waitFor();
    await page.getByTestId('caller').getByText('13900000001').waitFor();
    await page.keyboard.type('39.0120,106.3720');
    await page.locator('#places [role=option]').first().waitFor();
    await key('Enter');
    await page.locator('#card:focus').waitFor();
    await page.locator('[data-pane=ranking] tr[aria-selected=true]').waitFor();
    await page.keyboard.type('xt');
    await page.locator('#cards [role=option]').first().waitFor();
    await key('Enter');
    await page.getByTestId('questions').waitFor();
    await key('F4');
    for (const answer of ['1', '1', '2', '1']) await key(answer);
    await page.getByTestId('grade').locator('.grade').filter({ hasText: /[12]/ }).waitFor();
    await key('F6');
    const code = await page.locator('[data-pane=ranking] tr[aria-selected=true]').getAttribute('data-unit');
    await centre.shot(page, 'dispatcher-intake');
    await key('Enter');
    await page.getByTestId('undo').waitFor();
    await page.locator(`[data-pane=units] tr[data-unit="${code}"][data-doing=ordered]`).waitFor();
    await key('F9');
    await page.keyboard.type('门牌不清');
    await key('Enter');
    await page.locator('.timeline').getByText('门牌不清').waitFor();
    await centre.shot(page, 'dispatcher-ordered');
    await page.context().close();
});
