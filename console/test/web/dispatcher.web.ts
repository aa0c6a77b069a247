// The dispatcher's page: an incident from ringing to its end by keyboard alone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCentre, Wire, type TestCentre } from './centre';

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

test('two dispatchers take the same call: one has it, the other is told', async () => {
    const first = await centre.open('li.na');
    const { page: second, wire } = await Wire.window(centre);
    await centre.signIn(second, 'wang');
    await centre.as('gate', 'call 13900000002 at=39.0200,106.3800');
    await second.getByTestId('ringing').waitFor();
    wire.hold(); // it still looks as if the call rang
    await first.getByTestId('ringing').waitFor();
    await first.keyboard.press('F2');
    await first.getByTestId('caller').getByText('13900000002').waitFor();
    await second.keyboard.press('F2');
    await expect.poll(() => wire.frames.some((f) => f.kind === 'reply' && f.body.refusal === 'call_not_ringing'), { timeout: 200000 }).toBe(true);
    wire.release();
    await second.getByRole('status').getByText('来电不在振铃').waitFor();
    await second.getByTestId('ringing').waitFor({ state: 'detached' });
    expect(await second.getByTestId('caller').count()).toBe(0);
    await Promise.all([first, second].map((page) => page.context().close()));
});

test('nothing serious for those who see or hear otherwise, in both languages', async () => {
    const page = await centre.open('li.na');
    await page.locator('[data-pane=queue] [data-incident]').first().click();
    await page.locator('.timeline li').first().waitFor();
    await centre.looksRight(page, 'dispatcher-light');
    await page.context().close();
});

test('chosen panes on another screen follow the first', async () => {
    const page = await centre.open('li.na');
    const second = await page.context().newPage();
    centre.watch(second);
    await second.goto(`${centre.url}/?panes=incident,units`);
    await second.locator('[data-line=live]').waitFor();
    expect(await second.locator('[data-pane]').count()).toBe(2);
    await page.locator('[data-pane=queue] [data-incident]').first().click();
    await second.locator('.timeline li').first().waitFor();
    await page.context().close();
});

test('who should stand by elsewhere, what that gains, and it is done', async () => {
    await centre.server.say('still'); // the simulated dispatcher would do it first
    const page = await centre.open('li.na');
    await page.locator('tr[data-doing=available]').first().waitFor();
    await centre.command('gate', { set_demand: { zone: 39, lat_e7: 388283328, lon_e7: 1066042824, calls_a_week: 100000 } });
    const advice = page.locator('[data-move]').filter({ hasText: /→ .+ · 下一呼叫平均早到 \d+ 秒/ }).first();
    await advice.waitFor();
    await centre.shot(page, 'dispatcher-move');
    const unit = await advice.getAttribute('data-move');
    await advice.getByRole('button').click();
    await page.locator(`[data-move="${unit}"]`).waitFor({ state: 'detached' });
    await page.getByText('待命').first().waitFor();
    await page.context().close();
});

test('the fallback board is there when the server is not', async () => {
    const page = await centre.open('li.na');
    const kept = (): Promise<boolean> =>
        page.evaluate(async () => (await (await caches.open('board')).match('/board')) !== undefined);
    await expect.poll(kept, { timeout: 200000 }).toBe(true);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await centre.server.say('crash');
    const [board] = await Promise.all([page.context().waitForEvent('page'), page.getByTestId('board').click()]);
    await board.getByText('大武口-01').first().waitFor();
    await page.goto(`${centre.url}/board`);
    await page.getByText('大武口-01').first().waitFor();
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
    await centre.shot(page, 'board');
    await centre.server.say('start');
    await page.context().close();
});
