// The supervisor's page: figures are those of the database, an alert is seen, judged and put aside, any
// day that is over can be looked at, and without the database the live figures go on.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFindings, startCentre, type TestCentre } from './centre';

let centre: TestCentre;
const at = { has_place: true, lat_e7: 390100000, lon_e7: 1063700000 };

/** The only answer of a statement. */
async function sql(statement: string): Promise<string> {
    const said = await centre.server.say(`sql ${statement}`);
    if (said.code !== 0) throw new Error(said.text);
    return said.text.trim();
}

/** Until the mirror has everything that was acknowledged so far. */
async function mirrored(): Promise<void> {
    const health = (await (await fetch(`${centre.url}/healthz`)).json()) as { seq: number };
    while (Number(await sql("select seq from reader_cursor where name = 'postgis'")) < health.seq);
}

async function openWatch(language: 'zh' | 'en' = 'zh', path = '/watch'): Promise<Page> {
    const page = await centre.open('zhao', path, language);
    await page.locator('[data-tile=calls]').first().waitFor();
    return page;
}

const value = (page: Page, tile: string): Promise<string | null> =>
    page.locator(`[data-tile=${tile}]`).getAttribute('data-value');

beforeAll(async () => {
    centre = await startCentre();
    const loaded = await centre.server.say('load history.sql');
    if (loaded.code !== 0) throw new Error(loaded.text);
    const calls = [1, 2, 3, 4];
    await centre.many('gate', calls.map((i) => ({ ring_call: { number: `1390000000${i}`, ...at, lat_e7: at.lat_e7 + i * 3000 } })));
    await centre.many('li.na', calls.slice(0, 3).flatMap((i) => [
        { answer_call: { call: i } },
        { open_incident: { call: i, card: 'breathing', words: `朝阳街${i}号`, complaint: '头晕恶心', ...at, lat_e7: at.lat_e7 + i * 3000 } },
        { answer_question: { incident: i, question: 1, answer: 'yes' } },
    ]));
    await centre.many('li.na', [
        ...[1, 2, 3].map((unit) => ({ set_duty: { unit, duty: 'on', crew: 3 } })),
        { order_unit: { incident: 1, unit: 1 } },
    ]);
    await mirrored();
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

test('tiles show what the database counts', async () => {
    const page = await openWatch();
    await page.locator('[data-tile=calls]').getByText('预期').waitFor();
    for (const tile of ['calls', 'waiting', 'free', 'hospital', 'answer', 'dispatch']) {
        const counted = await sql(`select value from tile_at(now()) where tile = '${tile}'`);
        expect({ tile, value: Number(await value(page, tile)) }).toEqual({ tile, value: Number(counted) });
    }
    expect(await value(page, 'calls')).toBe('4');
    expect(await value(page, 'waiting')).toBe('3'); // one rings, two have no unit
    const line = JSON.parse(await sql("select (select t -> 'series' from json_array_elements(report_tiles('{}', now(), '8 h') -> 'tiles') t where t ->> 'tile' = 'covered')")) as (number | null)[];
    expect(line.length).toBe(24); // an hour of which nothing is known is a gap, not left out
    expect([line[0], line[9], line[22]]).toEqual([0.93, null, 0.71]);
    await centre.shot(page, 'watch-light');
    await page.context().close();
});

test('the forecast, the week and the stages are the database\'s', async () => {
    const page = await openWatch();
    await page.getByTestId('forecast').waitFor();
    // Ten weeks of the same day, 69 calls each; today so far only these few, which draws the level down.
    const expected = Number(await page.getByTestId('forecast').getAttribute('data-expected'));
    expect(expected).toBeGreaterThan(35);
    expect(expected).toBeLessThan(75);
    const total = await page.locator('[data-testid=week] [data-slot]').allInnerTexts();
    const week = await sql("select count(*) from call where received_at > now() - interval '7 days'");
    expect(Math.abs(total.reduce((sum, n) => sum + Number(n), 0) - Number(week))).toBeLessThanOrEqual(4);
    const slot = await sql("select (extract(isodow from now() at time zone 'Asia/Shanghai') - 1) * 24 + extract(hour from now() at time zone 'Asia/Shanghai')");
    expect(await page.locator('[data-testid=week] .now').getAttribute('data-slot')).toBe(slot);
    const entered = await page.locator('[data-stage=answer_10s]').getAttribute('data-entered');
    expect(Number(entered)).toBe(Number(await sql("select count(*) from call where received_at >= local_midnight(now(), '8 h')")));
    await page.locator('[data-stage=answer_10s] button').click();
    await page.getByTestId('stage').locator('tr').first().waitFor();
    await page.context().close();
});

test('an alert with its evidence is listed, acknowledged, taken, shelved and closed', async () => {
    const page = await openWatch();
    const raise = { detector: 'window', level: 'red', syndrome: 'gas', evidence: [1, 2, 3], ...at, radius_m: 800,
        from_ms: Date.now() - 600000, to_ms: Date.now(), observed_milli: 3000, expected_milli: 120, by_chance_h: 8600, key: 1, version: 1 };
    await centre.many('li.na', [{ raise_alert: { ...raise, level: 'blue', syndrome: 'fever', evidence: [], has_place: false, observed_milli: 2000, key: 2 } }, { raise_alert: raise }]);
    const row = page.locator('[data-pane=alerts] li.red');
    await row.waitFor();
    expect(await page.locator('[data-pane=alerts] li').first().getAttribute('class')).toContain('red');
    await row.getByText('358 天').waitFor();
    await page.keyboard.press('ArrowDown');
    const card = page.getByTestId('alert-card');
    await card.waitFor();
    expect(await card.locator('[data-case]').count()).toBe(3);
    await card.getByText('头晕恶心').first().waitFor();
    await card.getByText('800 m').waitFor();
    await page.locator('[data-map=ready]').waitFor();
    await centre.shot(page, 'watch-cluster');
    await card.locator('[data-testid=start-plan] button').click(); // the one it proposes
    await card.locator('[data-step="1"]').getByText('逐一回拨').waitFor();
    await page.keyboard.press('a');
    await page.locator('[data-testid=alert-card][data-state=acknowledged]').waitFor();
    await page.keyboard.press('s');
    await page.locator('[data-testid=alert-card][data-state=shelved]').waitFor();
    await page.keyboard.press('t');
    await card.locator('[data-verdict=true_alert]').click();
    await page.locator('[data-testid=alert-card][data-state=cleared]').waitFor();
    await row.waitFor({ state: 'detached' });
    await mirrored();
    const kept = await sql("select state, verdict, owner is not null from alert where syndrome = 'gas'");
    expect(kept).toBe('cleared|true_alert|t');
    // What it was worth: one true, one false.
    const false_one = await centre.command('li.na', { raise_alert: { ...raise, key: 3, syndrome: 'fever' } });
    await centre.command('zhao', { clear_alert: { alert: false_one, verdict: 'false_alert' } });
    await mirrored();
    await page.keyboard.press('Alt+2');
    const worth = page.locator('[data-detector=window] td');
    await worth.first().waitFor();
    expect((await worth.allInnerTexts()).slice(0, 7)).toEqual(['短时增多', '3', '1', '1', '', '', '50%']);
    await page.context().close();
});

test('an alert of a chart leads to that chart', async () => {
    const page = await openWatch();
    await page.setViewportSize({ width: 1366, height: 500 }); // the list is longer than its pane
    const alert = await centre.command('li.na', { raise_alert: { detector: 'quality', level: 'yellow', cause_seq: 1000000100, words: '3 分钟出车率：演示站 / Turnout: a station', key: 4, version: 1 } });
    await page.locator(`[data-alert="${alert}"] button`).click();
    await page.getByTestId('to-chart').click();
    const row = page.locator('tr.selected[data-indicator=turnout_3min][data-key="4"]');
    await row.waitFor();
    await expect.poll(() => row.evaluate((tr) => {
        const list = tr.closest('[data-pane]')?.getBoundingClientRect(), own = tr.getBoundingClientRect();
        return list !== undefined && own.top >= list.top && own.bottom <= Math.min(list.bottom, innerHeight);
    })).toBe(true);
    await page.locator('[data-chart="week station turnout_3min 4"]').waitFor();
    expect(await page.getByLabel('周期').inputValue()).toBe('week');
    expect(await page.getByLabel('维度').inputValue()).toBe('station');
    await centre.shot(page, 'watch-chart');
    await centre.command('zhao', { clear_alert: { alert, verdict: 'unknown' } });
    await page.context().close();
});

test('patients to expect stand beside the beds that are free', async () => {
    // One is on the way to the first hospital, which is full; the second has room; the third told nothing.
    await centre.many('li.na', [
        { set_hospital_status: { hospital: 1, status: 'open', beds_free: 0 } },
        { set_hospital_status: { hospital: 2, status: 'open', beds_free: 5 } },
    ]);
    const assignment = Number(await sql('select id from assignment where incident = 1'));
    await centre.command('li.na', { redirect_unit: { assignment, hospital: 1 } });
    const page = await openWatch();
    const inflow = (hospital: number): Promise<string> =>
        page.locator(`[data-hospital="${hospital}"] [data-column=inflow]`).innerText();
    await expect.poll(() => inflow(1)).toBe('▲ 1.0'); // with the next minute
    expect(await page.locator('[data-hospital="1"] [data-column=inflow].warn').count()).toBe(1);
    expect([await inflow(2), await inflow(3)]).toEqual(['0.0', '']);
    expect(await page.locator('[data-hospital="1"] td:last-child').innerText()).toMatch(/^0\//);
    await centre.shot(page, 'watch-inflow');
    await page.context().close();
});

test('without a station its townships are reached later', async () => {
    await centre.server.say('city --calls-per-day 1');
    const page = await openWatch();
    const whole = page.getByTestId('coverage-whole');
    await whole.waitFor();
    await expect.poll(async () => (await page.locator('[data-tile=free]').getAttribute('data-value'))).not.toBe('0');
    await page.getByTestId('without').selectOption({ index: 1 });
    await page.locator('[data-testid=coverage-whole]:not([data-then=""])').waitFor();
    const column = async (n: number): Promise<string[]> =>
        page.locator(`[data-testid=coverage-zones] tbody td:nth-child(${n})`).allInnerTexts();
    await expect.poll(async () => (await column(6)).join() !== (await column(3)).join()).toBe(true);
    // Preparedness is known where calls are to be expected, once the road engine has its hierarchy.
    const zone = Number(await page.locator('[data-zone]').first().getAttribute('data-zone'));
    const demand = page.getByTestId('demand');
    const unknown = Number(await demand.getAttribute('data-unknown'));
    expect(unknown).toBeGreaterThan(0); // said, not left for a dash to guess
    await centre.command('gate', { set_demand: { zone, lat_e7: at.lat_e7, lon_e7: at.lon_e7, calls_a_week: 700 } });
    const prepared = (n: number): Promise<string> => page.locator(`[data-zone="${zone}"] td:nth-child(${n})`).innerText();
    await expect.poll(async () => (await prepared(4)) + (await prepared(7))).toMatch(/\d.*\d/);
    expect(await demand.getAttribute('data-set')).toBe('1');
    expect(await demand.getAttribute('data-unknown')).toBe(String(unknown - 1));
    await centre.shot(page, 'watch-coverage');
    await centre.server.say('still');
    await page.context().close();
});

test('a day that is over shows what was counted then', async () => {
    const page = await openWatch();
    await page.locator('[data-tab=replay]').click();
    const replay = page.getByTestId('replay');
    const yesterday = await sql("select to_char((now() at time zone 'Asia/Shanghai') - interval '1 day', 'YYYY-MM-DD')");
    await page.locator('input[type=date]').fill(yesterday);
    const day = `local_midnight(now(), '8 h') - interval '1 day'`;
    const counted = await sql(`select count(*) from call where received_at >= ${day} and received_at < local_midnight(now(), '8 h')`);
    await expect.poll(() => replay.getAttribute('data-calls')).toBe(counted);
    await page.locator('.slider').fill(String(15 * 60 + 5));
    await page.getByTestId('moment').getByText('15:05').waitFor();
    const then = `(${day} + interval '15 h 5 min')`;
    for (const tile of ['calls', 'waiting', 'hospital', 'turnout', 'response']) {
        const there = Number(await sql(`select value from tile_at(${then}) where tile = '${tile}'`));
        await expect.poll(async () => Number(await value(page, tile)).toFixed(4), { message: tile }).toBe(there.toFixed(4));
    }
    await page.locator('[data-map=ready]').waitFor();
    await centre.shot(page, 'watch-replay');
    await page.context().close();
});

test('indicators with their charts; a record is scored and exported', async () => {
    await centre.many('li.na', [{ close_incident: { incident: 3, outcome: 'advice' } }]);
    await sql("update audit_rule set most = 100000 where why = 'random_pick'"); // the rules are the centre's
    const page = await openWatch();
    await page.keyboard.press('Alt+2');
    const row = page.locator('[data-indicator=answer_10s][data-key=""]');
    await row.waitFor();
    const share = await sql("select value from indicator_series('day', array['all'], local_midnight(now(), '8 h'), now(), '8 h') where indicator = 'answer_10s'");
    expect(Number(await row.getAttribute('data-value'))).toBeCloseTo(Number(share), 6);
    await page.locator('[data-pane=chart] canvas').waitFor();
    await page.getByLabel('周期').selectOption('week');
    const why = await sql("select count(*) from assignment where override and reason = 'local_knowledge' and ordered_at > now() - interval '1 week'");
    await page.locator(`[data-testid=overrides] [data-reason=local_knowledge][data-n="${why}"]`).getByText('熟悉路况').waitFor();
    await page.getByLabel('周期').selectOption('day');
    const missing = await sql('select count(*) from indicator_missing');
    expect(await page.locator('[data-testid=not-measured] dt').count()).toBe(Number(missing));
    await mirrored();
    await page.locator('[data-audit="3"] button').click();
    await page.locator('input[name=score]').fill('85');
    await page.locator('input[name=remark]').fill('问得全');
    await page.locator('[data-testid=audit] form button').click();
    await page.locator('[data-audit="3"][data-score="85"]').waitFor();
    expect(await sql("select body ->> 'score' from fact where kind = 'incident_scored'")).toBe('85');
    await sql("update audit_rule set most = 10 where why = 'random_pick'");
    await centre.shot(page, 'watch-quality');
    const file = page.waitForEvent('download');
    await page.locator('[data-pane=indicators] .tools button').click();
    expect((await file).suggestedFilename()).toBe('quality-day-all.csv');
    await mirrored();
    expect(await sql("select body ->> 'what' from fact where kind = 'exported'")).toBe('quality-day-all');
    await page.getByLabel('维度').selectOption('station');
    await page.locator('[data-indicator=turnout_3min]:not([data-key=""])').first().waitFor();
    await page.context().close();
});

test('in a surge the many of one kind are one line, and the worst stands first', async () => {
    const page = await openWatch('en');
    const calls = Array.from({ length: 40 }, (_, i) => ({ ring_call: { number: `1391000${String(i).padStart(4, '0')}`, ...at, lon_e7: at.lon_e7 + i * 9000 } }));
    await centre.many('gate', calls);
    await centre.many('li.na', Array.from({ length: 9 }, (_, i) => ({ raise_alert: { detector: 'units', level: 'yellow', unit: i + 1, key: 100 + i, version: 1 } })));
    await centre.many('li.na', [{ raise_alert: { detector: 'scan', level: 'red', syndrome: 'traffic', ...at, radius_m: 1500, observed_milli: 9000, expected_milli: 800, by_chance_h: 20000, key: 7, version: 1, plan: 'road-mass-casualty' } }]);
    await page.locator('[data-pane=alerts] li.yellow .flood').getByText('8 more').waitFor();
    expect(await page.locator('[data-pane=alerts] li.yellow').filter({ hasText: 'units silent' }).count()).toBe(1);
    expect(await page.locator('[data-pane=alerts] li').first().innerText()).toContain('road traffic');
    await expect.poll(async () => Number(await value(page, 'waiting'))).toBeGreaterThanOrEqual(40);
    await page.locator('[data-pane=alerts] li.red button').first().click();
    await page.getByTestId('alert-card').waitFor();
    await centre.shot(page, 'watch-surge');
    await page.context().close();
});

test('both languages, nothing serious for axe, on every tab and the wall', async () => {
    for (const language of ['zh', 'en'] as const) {
        const page = await openWatch(language);
        for (const tab of ['live', 'quality', 'replay']) {
            await page.locator(`[data-tab=${tab}]`).click();
            await page.locator('[data-pane] table, [data-testid=replay] [data-tile]').first().waitFor();
            expect(await seriousFindings(page)).toEqual([]);
            await centre.shot(page, `watch-${tab}-${language}`);
        }
        await page.context().close();
    }
    const wall = await openWatch('zh', '/watch?wall=1');
    expect(await wall.getByTestId('wall').getAttribute('inert')).not.toBeNull();
    await wall.locator('[data-map=ready]').waitFor();
    expect(await seriousFindings(wall)).toEqual([]);
    await centre.shot(wall, 'watch-wall');
    await wall.context().close();
});

test('without the database the page says so and its tiles go on', async () => {
    const page = await openWatch();
    await page.locator('[data-stage=answer_10s]').waitFor();
    const before = Number(await value(page, 'calls'));
    await centre.server.say('postgres stop');
    await page.locator('[data-tab=quality]').click();
    await page.locator('[data-why=database_away]').first().waitFor();
    await page.locator('[data-tab=live]').click();
    await centre.as('gate', 'call 13900000099 at=39.0100,106.3700');
    await expect.poll(async () => Number(await value(page, 'calls'))).toBe(before + 1);
    await page.locator('[data-why=database_away]').first().waitFor();
    await centre.server.say('postgres start');
    await page.context().close();
});
