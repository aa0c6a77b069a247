// What every page has: signing in, the line and its loss, modes, both languages.
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

test('a wrong password is told in the language of the page', async () => {
    const page = await centre.window('/', 'zh');
    await page.fill('input[name=login]', 'li.na');
    await page.fill('input[name=password]', 'wrong');
    await page.keyboard.press('Enter');
    await page.getByText('账号或密码不正确').waitFor();
    await page.context().close();
});

test('signed in, the page is live and says so', async () => {
    const page = await centre.open('li.na');
    await page.getByText('李娜').waitFor();
    await page.context().close();
});

test('a server that was killed is told, and comes back', async () => {
    const page = await centre.open('li.na', '/', 'en');
    await centre.server.say('crash');
    await page.getByTestId('line-banner').waitFor();
    await centre.server.say('start');
    await page.locator('[data-line=live]').waitFor();
    expect(await page.getByTestId('line-banner').count()).toBe(0);
    await page.context().close();
});

test('the four pages open for their roles, in both languages, with nothing serious', async () => {
    for (const [login, path] of [['li.na', '/'], ['crew1', '/crew'], ['hosp1', '/hospital'], ['zhao', '/watch']] as const) {
        const page = await centre.open(login, path);
        await centre.looksRight(page, `empty-${login}`);
        await page.context().close();
    }
    await centre.looksRight(await centre.window('/'), 'sign-in');
});

test('a session that is at work is renewed, in every window of the seat', async () => {
    const page = await centre.window('/', 'zh', (fresh) =>
        fresh.route('**/api/sign-in', async (route) => {
            const answer = await route.fetch();
            const said = (await answer.json()) as { expires_ms: number };
            await route.fulfill({ response: answer, json: { ...said, expires_ms: Date.now() + 2000 } });
        }),
    );
    await centre.signIn(page, 'li.na');
    const token = (of: Page): Promise<string> => of.evaluate(() => sessionStorage.getItem('token') ?? '');
    const first = await token(page);
    const second = await page.context().newPage();
    centre.watch(second);
    await second.goto(`${centre.url}/?panes=queue`);
    await second.locator('[data-line=live]').waitFor();
    await expect.poll(() => token(page), { timeout: 200000 }).not.toBe(first);
    await expect.poll(async () => (await token(second)) === (await token(page)), { timeout: 200000 }).toBe(true);
    await page.reload();
    await page.locator('[data-line=live]').waitFor();
    await page.context().close();
});
