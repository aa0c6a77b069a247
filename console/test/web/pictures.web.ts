// Pictures of the dispatcher's page under light load and in a surge of sixty open incidents, in both
// languages, into MINGDI_SHOTS; without it only that the page holds them all and stays answerable.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCentre, type TestCentre } from './centre';

const OPEN = 60;
const cards = ['chest-pain', 'stroke', 'trauma', 'breathing', 'fall-elderly', 'road-traffic'];
let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
    await centre.server.say('city --calls-per-day 1');
    const all = Array.from({ length: OPEN }, (_, i) => i + 1);
    const at = (i: number): object => ({
        has_place: true,
        lat_e7: 390000000 + (i % 8) * 100000,
        lon_e7: 1063500000 + Math.floor(i / 8) * 120000,
    });
    await centre.many('gate', all.map((i) => ({ ring_call: { number: `1390001${String(i).padStart(4, '0')}`, ...at(i) } })));
    await centre.many('li.na', all.flatMap((i) => [
        { answer_call: { call: i } },
        { open_incident: { call: i, card: cards[i % cards.length], words: `朝阳街${i}号`, ...at(i) } },
        { answer_question: { incident: i, question: 1, answer: i % 3 ? 'yes' : 'no' } },
    ]));
    for (const i of all.slice(0, 15)) await centre.server.say(`as li.na order I${i} U${i}`);
    await centre.as('gate', 'call 13900020001 at=39.0100,106.3700');
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

test('sixty open incidents', async () => {
    for (const language of ['zh', 'en'] as const) {
        const page = await centre.open('li.na', '/', language);
        await expect.poll(() => page.locator('[data-pane=queue] [data-incident]').count(), { timeout: 200000 }).toBe(OPEN);
        await page.locator('[data-incident="25"]').click();
        await page.locator('[data-pane=ranking]').waitFor();
        await page.locator('.timeline li').first().waitFor();
        await centre.shot(page, `dispatcher-surge-${language}`);
        await page.keyboard.press('F1');
        await page.locator('dialog[open]').waitFor();
        await centre.shot(page, `dispatcher-help-${language}`);
        await page.context().close();
    }
});
