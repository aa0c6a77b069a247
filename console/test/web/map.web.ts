// The map: tiles of the demonstration city out of PostGIS, kept by the browser, labels without a
// glyph server; coverage by road; and everything else done without WebGL.
import Pbf from 'pbf';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mapStyle, type MapMeta } from '../../src/map/style';
import { startCentre, TestCentre } from './centre';

const ZOOM = 12;
let centre: TestCentre;
beforeAll(async () => {
    centre = await startCentre();
    await centre.server.say('city --calls-per-day 1');
});
afterAll(async () => {
    expect(await centre.end()).toEqual([]);
});

interface Layer {
    readonly name: string;
    readonly features: number;
    readonly keys: readonly string[];
    readonly texts: readonly string[];
}

/** A vector tile's layers: what they are called, how much is in them, and the words used. */
function layersOf(bytes: Uint8Array): Layer[] {
    const found: Layer[] = [];
    new Pbf(bytes).readFields((field, _, pbf) => {
        if (field !== 3) return;
        const layer = { name: '', features: 0, keys: [] as string[], texts: [] as string[] };
        pbf.readMessage((inner) => {
            if (inner === 1) layer.name = pbf.readString();
            if (inner === 2) layer.features++;
            if (inner === 3) layer.keys.push(pbf.readString());
            if (inner === 4)
                pbf.readMessage((value) => {
                    if (value === 1) layer.texts.push(pbf.readString());
                }, undefined);
        }, undefined);
        found.push(layer);
    }, undefined);
    return found;
}

async function get(path: string, token: string): Promise<Response> {
    return fetch(centre.url + path, { headers: { authorization: `Bearer ${token}` } });
}

/** The tile around a place, zoom ZOOM. */
function tilePath(lon: number, lat: number): string {
    const n = 2 ** ZOOM;
    const y = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
    return `/tiles/${ZOOM}/${Math.floor(((lon + 180) / 360) * n)}/${Math.floor(y * n)}.pbf`;
}

test('tiles hold the roads and zones of the city, and may be kept', async () => {
    const token = (await centre.server.say('token li.na')).text.trim();
    let meta: MapMeta = { tiles: false, zoom_max: 0 };
    await expect.poll(async () => {
        meta = (await (await get('/api/map', token)).json()) as MapMeta;
        return meta.tiles && (meta.west ?? 0) > 0;
    }, { timeout: 60000 }).toBe(true);
    expect(meta.synthetic).toBe(true);
    const path = tilePath(106.372, 39.015); // a town of the demonstration
    const answer = await get(`${path}?${meta.version ?? ''}`, token);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toMatch(/private.*max-age=31536000/);
    const layers = layersOf(new Uint8Array(await answer.arrayBuffer()));
    const layer = (name: string): Layer => layers.find((l) => l.name === name) ?? { name, features: 0, keys: [], texts: [] };
    expect(layer('roads').features).toBeGreaterThan(100);
    expect(layer('roads').keys).toContain('class');
    expect(layer('zones').features).toBeGreaterThan(0);
    expect(layer('zone_names').texts.some((text) => /\p{Script=Han}/u.test(text))).toBe(true);
    expect((await fetch(centre.url + path)).status).toBe(401);
    // Labels are drawn from the machine's own fonts: no glyphs, no sprites, nothing from elsewhere.
    globalThis.location = { origin: centre.url } as Location;
    const style = mapStyle(meta);
    expect([style.glyphs, style.sprite]).toEqual([undefined, undefined]);
    expect(JSON.stringify(style).match(/https?:\/\/[^/"]+/g)).toEqual([centre.url]);
});

test('a page fetches its tiles once and shades what is not reached in time', async () => {
    const asked: string[] = [];
    const watch = async (page: Page): Promise<void> => {
        page.on('request', (request) => {
            if (request.url().includes('/tiles/')) asked.push(request.url());
        });
    };
    const page = await centre.window('/?panes=map', 'zh', watch);
    await page.setViewportSize({ width: 900, height: 700 }); // drawn without a graphics card
    await centre.signIn(page, 'li.na');
    await page.locator('[data-map=ready]').waitFor();
    await page.getByText('演示数据').first().waitFor();
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    await page.getByRole('button', { name: '覆盖' }).click();
    const says = page.getByTestId('coverage');
    await says.getByText(/12 分钟内可达 \d+%/).waitFor();
    await centre.shot(page, 'map-coverage');
    const units = (await says.textContent())?.match(/空闲 (\d+) 组/)?.[1];
    expect(Number(units)).toBeGreaterThan(1);
    await centre.as('gate', 'do "set_duty U3 duty=off"');
    await says.getByText(`空闲 ${Number(units) - 1} 组`).waitFor();
    const before = new Set(asked);
    await page.reload();
    await page.locator('[data-map=ready]').waitFor();
    await page.waitForLoadState('networkidle');
    const fresh = await page.evaluate(() =>
        performance.getEntriesByType('resource')
            .filter((entry) => entry.name.includes('/tiles/') && (entry as PerformanceResourceTiming).transferSize > 0)
            .map((entry) => entry.name));
    expect(fresh.filter((url) => before.has(url))).toEqual([]);
    await page.context().close();
});

test('without WebGL a call is taken and a unit sent all the same', async () => {
    const browser = await chromium.launch({
        executablePath: process.env.WEB_BROWSER ?? '',
        args: ['--no-sandbox', '--disable-3d-apis', '--disable-gpu', '--disable-background-networking'],
    });
    const plain = new TestCentre(centre.server, browser);
    const page = await plain.open('wang');
    expect(await page.evaluate(() => document.createElement('canvas').getContext('webgl2'))).toBe(null);
    await page.locator('[data-map=none]').waitFor();
    await page.getByText('地图不可用').waitFor();
    await centre.as('gate', 'call 13900000009 at=39.0100,106.3700');
    await page.getByTestId('ringing').waitFor();
    await page.keyboard.press('F2');
    await page.locator('#place:focus').waitFor();
    await page.getByTestId('caller').getByText('13900000009').waitFor();
    await page.keyboard.type('39.0120,106.3720');
    await page.locator('#places [role=option]').first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('[data-pane=ranking] tr[aria-selected=true]').waitFor();
    await page.keyboard.press('F6');
    const unit = await page.locator('[data-pane=ranking] tr[aria-selected=true]').getAttribute('data-unit');
    await page.keyboard.press('Enter');
    await page.locator(`[data-pane=units] tr[data-unit="${unit}"][data-doing=ordered]`).waitFor();
    await plain.shot(page, 'dispatcher-without-webgl');
    expect(plain.wrongs).toEqual([]);
    await browser.close();
});
