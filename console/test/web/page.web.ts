// What every page has: signing in, the line and its loss, modes, both languages.
import { afterAll, beforeAll, expect, test } from 'vitest';
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

test('the four pages open for their roles', async () => {
    for (const [login, path] of [['li.na', '/'], ['crew1', '/crew'], ['hosp1', '/hospital'], ['zhao', '/watch']] as const) {
        const page = await centre.open(login, path);
        await page.context().close();
    }
});
