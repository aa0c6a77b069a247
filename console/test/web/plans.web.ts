// A plan that an alert proposes: started, its steps taken, finished and skipped, at the dispatcher's
// desk; the supervisor's page shows the same run.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCentre, type TestCentre } from './centre';

let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

test('a proposed plan runs step by step', async () => {
    const page = await centre.open('li.na');
    await centre.as('li.na', 'do raise_alert detector=place level=orange syndrome=gas');
    await page.locator('[data-alert="1"] .line').click();
    const start = page.locator('[data-alert="1"] [data-testid=start-plan]');
    await start.waitFor();
    expect(await start.locator('select').inputValue()).toBe('gas-poisoning');
    await start.getByRole('button').click();
    const run = page.locator('[data-alert="1"] [data-run="1"]');
    await run.getByText('逐一回拨同楼来电').waitFor();
    expect(await run.locator('[data-step]').count()).toBe(8);
    await run.locator('[data-step="1"]').getByRole('button', { name: '接办' }).click();
    await run.locator('[data-step="1"][data-state=taken]').waitFor();
    await run.locator('[data-step="1"]').getByRole('button', { name: '完成' }).click();
    await run.locator('[data-step="1"][data-state=finished]').waitFor();
    await run.locator('[data-step="2"]').getByRole('button', { name: '跳过' }).click();
    await run.locator('[data-step="2"]').getByRole('button', { name: '其他部门已执行' }).click();
    await run.locator('[data-step="2"][data-state=skipped]').waitFor();
    await run.getByText('待办 6/8').waitFor();
    await centre.shot(page, 'plans-dispatcher');
    await run.getByRole('button', { name: /结束预案/ }).click();
    await page.locator('[data-run="1"][data-ended=true]').waitFor();
    await start.waitFor();
    await page.context().close();
});
