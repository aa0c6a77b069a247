// Pictures of every page under light load and in a surge of sixty open incidents, in both languages,
// into MINGDI_SHOTS; without it only that the pages hold them all and stay answerable.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCentre, type TestCentre } from './centre';

const OPEN = 60;
const LIGHT = 4;
const languages = ['zh', 'en'] as const;
const cards = ['chest-pain', 'stroke', 'trauma', 'breathing', 'fall-elderly', 'road-traffic'];
let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
    await centre.server.say('city --calls-per-day 1');
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

const towns = [
    [39.019, 106.376],
    [38.906, 106.544],
    [39.238, 106.77],
    [38.999, 106.403],
] as const;

/** In and around the towns, closer together than one would like. */
const at = (i: number): object => {
    const [lat, lon] = towns[i % towns.length] ?? towns[0];
    const [turn, far] = [i * 2.4, 0.004 * Math.sqrt(i)];
    return {
        has_place: true,
        lat_e7: Math.round((lat + far * Math.sin(turn)) * 1e7),
        lon_e7: Math.round((lon + far * Math.cos(turn) * 1.28) * 1e7),
    };
};

async function openIncidents(first: number, last: number): Promise<void> {
    const all = Array.from({ length: last - first + 1 }, (_, k) => first + k);
    await centre.many('gate', all.map((i) => ({ ring_call: { number: `1390001${String(i).padStart(4, '0')}`, ...at(i) } })));
    await centre.many('li.na', all.flatMap((i) => [
        { answer_call: { call: i } },
        { open_incident: { call: i, card: cards[i % cards.length], words: `朝阳街${i}号`, ...at(i) } },
        { answer_question: { incident: i, question: 1, answer: i % 3 ? 'yes' : 'no' } },
    ]));
}

async function picture(login: string, path: string, name: string, look: (page: Page) => Promise<void>): Promise<void> {
    for (const language of languages) {
        const page = await centre.open(login, path, language);
        await look(page);
        await centre.shot(page, `${name}-${language}`);
        await page.context().close();
    }
}

const mapReady = (page: Page): Promise<void> => page.locator('[data-map=ready]').waitFor();

async function whole(page: Page, open: number, incident: number): Promise<void> {
    await expect.poll(() => page.locator('[data-pane=queue] [data-incident]').count(), { timeout: 200000 }).toBe(open);
    await page.locator(`[data-incident="${incident}"]`).click();
    await page.locator('[data-pane=ranking]').waitFor();
    await page.locator('.timeline li').first().waitFor();
    await mapReady(page);
    await page.waitForLoadState('networkidle');
}

test('light load', async () => {
    await openIncidents(1, LIGHT);
    for (const i of [1, 2]) await centre.as('li.na', `order I${i} U${i}`);
    await picture('li.na', '/', 'dispatcher-light', (page) => whole(page, LIGHT, 3));
    await picture('crew1', '/crew', 'crew', (page) => page.waitForLoadState('networkidle'));
    await picture('hosp1', '/hospital', 'hospital', (page) => page.waitForLoadState('networkidle'));
});

test('sixty open incidents', async () => {
    await openIncidents(LIGHT + 1, OPEN);
    for (let i = LIGHT + 1; i <= 18; i++) await centre.server.say(`as li.na order I${i} U${i}`);
    await centre.as('gate', 'call 13900020001 at=39.0100,106.3700');
    await picture('li.na', '/', 'dispatcher-surge', (page) => whole(page, OPEN, 25));
    await picture('li.na', '/?panes=queue,map', 'map-surge', async (page) => {
        await page.locator('[data-incident="25"]').click();
        await mapReady(page);
        await page.waitForLoadState('networkidle');
    });
    await picture('zhao', '/watch', 'watch-surge', (page) => page.waitForLoadState('networkidle'));
    await picture('li.na', '/', 'dispatcher-help', async (page) => {
        await page.keyboard.press('F1');
        await page.locator('dialog[open]').waitFor();
    });
});
