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
    const loaded = await centre.server.say('load history.sql');
    if (loaded.code !== 0) throw new Error(loaded.text);
    await centre.server.say('silent-crews');
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

async function picture(login: string, path: string, name: string, look: (page: Page) => Promise<unknown>): Promise<void> {
    for (const language of languages) {
        const page = await centre.open(login, path, language);
        await look(page);
        await page.waitForLoadState('networkidle');
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
}

/** The crew has reached this; pressed now. */
async function reached(assignment: number, ...steps: readonly string[]): Promise<void> {
    for (const step of steps) await centre.command('li.na', { report_step: { assignment, step, at_ms: Date.now() } });
}

async function watched(page: Page, tab: string): Promise<void> {
    await page.locator(`[data-tab=${tab}]`).click();
    if (tab === 'quality') await page.locator('[data-indicator]').first().waitFor();
    if (tab !== 'live') await page.locator('[data-pane=chart] canvas, [data-testid=replay] [data-tile]').first().waitFor();
    if (tab === 'replay') {
        const china = new Date(Date.now() + 8 * 3600000);
        await page.locator('.slider').fill(String(china.getUTCHours() * 60 + china.getUTCMinutes()));
        await page.locator('[data-testid=replay] [data-tile=calls]:not([data-value="0"])').waitFor();
    }
    if (tab === 'live') await page.locator('[data-tile=covered]:not([data-value=""])').waitFor();
    if (tab === 'live') await page.getByTestId('forecast').waitFor();
    if (tab !== 'quality') await mapReady(page);
}

test('signing in', async () => {
    for (const language of languages) {
        const page = await centre.window('/', language);
        await page.locator('input[name=login]').waitFor();
        await centre.shot(page, `sign-in-${language}`);
        await page.context().close();
    }
});

test('light load', async () => {
    await openIncidents(1, LIGHT);
    for (const i of [1, 2]) await centre.as('li.na', `order I${i} U${i}`);
    await reached(1, 'acknowledged', 'departed', 'at_scene', 'at_patient');
    await reached(2, 'acknowledged', 'departed');
    await centre.command('li.na', { record_vitals: { assignment: 1, at_ms: Date.now(), vitals: 'heart_rate=112 spo2=91 temperature=372' } });
    await centre.command('li.na', { redirect_unit: { assignment: 1, hospital: 1 } });
    await picture('li.na', '/', 'dispatcher-light', (page) => whole(page, LIGHT, 3));
    await picture('li.na', '/', 'dispatcher-hospital-advice', (page) => whole(page, LIGHT, 1));
    await picture('crew1', '/crew', 'crew', (page) => page.getByTestId('vitals').getByText('112').waitFor());
    await reached(1, 'left_scene');
    await picture('hosp1', '/hospital', 'hospital', (page) => page.getByTestId('eta').waitFor());
    await picture('zhao', '/watch', 'watch-light', (page) => watched(page, 'live'));
});

test('sixty open incidents', async () => {
    await openIncidents(LIGHT + 1, OPEN);
    for (let i = LIGHT + 1; i <= 18; i++) await centre.server.say(`as li.na order I${i} U${i}`);
    await centre.as('gate', 'call 13900020001 at=39.0100,106.3700');
    await picture('li.na', '/', 'dispatcher-surge', (page) => whole(page, OPEN, 25));
    await picture('li.na', '/?panes=queue,map', 'map-surge', async (page) => {
        await page.locator('[data-incident="25"]').click();
        await mapReady(page);
    });
    await picture('li.na', '/', 'dispatcher-help', async (page) => {
        await page.keyboard.press('F1');
        await page.locator('dialog[open]').waitFor();
    });
});

test('the supervisor in a surge', async () => {
    for (const tab of ['live', 'quality', 'replay']) await picture('zhao', '/watch', `watch-surge-${tab}`, (page) => watched(page, tab));
    await picture('zhao', '/watch?wall=1', 'wall', mapReady);
});

test('advice: many casualties, a surge, a post', async () => {
    await centre.server.say('setting surge line_1_pct=90');
    await centre.command('li.na', { declare_mass_casualty: { incident: 3, red: 4, yellow: 6, green: 9, black: 1 } });
    await picture('li.na', '/', 'dispatcher-advice', async (page) => {
        await whole(page, OPEN, 3);
        await page.locator('[data-pane=incident] [data-hospital]').first().waitFor();
    });
});
