// A centre and a browser for a test: starts serve.sh, opens pages, watches what no page may do.
//
//   const centre = await startCentre();
//   const page = await centre.open('li.na');        // signed in at /
//   await centre.as('gate', 'call 13900000000 at=39.0,106.4');
//   …
//   await centre.end();                             // also says what pages did wrong
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Browser, type Page, type WebSocketRoute } from 'playwright-core';
import { decodeServerFrame } from '../../src/codec';
import { Store } from '../../src/store';
import type { ServerFrame } from '../../src/wire';

const wanted = (name: string): string => {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set; start this through tests/web/browser.sh`);
    return value;
};

export interface Said {
    readonly code: number;
    readonly text: string;
}

/** The server side, spoken to line by line. */
export class Server {
    readonly #lines: string[] = [];
    #wake: () => void = () => undefined;
    #turn: Promise<unknown> = Promise.resolve();
    address = '';
    /** Where a test may stand between page and server (slow_door.ts). */
    door = '';

    private constructor(private readonly child: ChildProcessWithoutNullStreams) {
        createInterface({ input: child.stdout }).on('line', (line) => {
            this.#lines.push(line);
            this.#wake();
        });
        child.stderr.on('data', (text: Buffer) => process.stderr.write(text));
        child.on('exit', () => this.#wake());
    }

    /** With settings as SECTION.NAME=VALUE. */
    static async start(settings: readonly string[]): Promise<Server> {
        const source = wanted('WEB_SOURCE');
        const live = join(source, 'tests/live');
        const child = spawn(join(live, 'with_redis'), [
            join(live, 'with_pg'),
            join(source, 'tests/web/serve.sh'),
            wanted('WEB_BIN'),
            source,
            wanted('WEB_PAGES'),
            ...settings,
        ]);
        const server = new Server(child);
        const ready = await server.#until(/^ready /);
        [, server.address = '', server.door = ''] = ready.at(-1)?.split(' ') ?? [];
        return server;
    }

    /** One line at a time, whoever asks. */
    say(line: string): Promise<Said> {
        const answer = this.#turn.then(() => this.#ask(line));
        this.#turn = answer.catch(() => undefined);
        return answer;
    }

    async #ask(line: string): Promise<Said> {
        this.child.stdin.write(line + '\n');
        const said = await this.#until(/^done \d+$/);
        return { code: Number(said.pop()?.split(' ')[1]), text: said.join('\n') };
    }

    async end(): Promise<void> {
        const ended = new Promise((done) => this.child.on('exit', done));
        this.child.stdin.end();
        await ended;
    }

    /** The lines up to and with the one that matches. */
    async #until(pattern: RegExp): Promise<string[]> {
        for (;;) {
            const at = this.#lines.findIndex((line) => pattern.test(line));
            if (at >= 0) return this.#lines.splice(0, at + 1);
            if (this.child.exitCode !== null)
                throw new Error(`the server ended:\n${this.#lines.join('\n')}`);
            await new Promise<void>((wake) => (this.#wake = wake));
        }
    }
}

export interface Journalled {
    readonly seq: number;
    readonly now_ms: number;
    readonly kind: string;
    readonly body: { readonly [field: string]: number | string };
}

/** Presses Tab until that has the focus; fails when it cannot be reached so. */
export async function tabTo(page: Page, selector: string): Promise<void> {
    for (let i = 0; i < 150; i++) {
        if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
        await page.keyboard.press('Tab');
    }
    throw new Error(`${selector} is not reached by the keyboard`);
}

export class TestCentre {
    readonly wrongs: string[] = [];
    readonly #tokens = new Map<string, string>();
    #number = 0;

    constructor(
        readonly server: Server,
        readonly browser: Browser,
    ) {}

    get url(): string {
        return `http://${this.server.address}`;
    }

    /** A window of its own, not signed in. `before`: on the empty page. */
    async window(
        path = '/',
        language: 'zh' | 'en' = 'zh',
        before?: (page: Page) => Promise<void>,
        address = this.server.address,
    ): Promise<Page> {
        const context = await this.browser.newContext({
            viewport: { width: 1920, height: 1080 },
            timezoneId: 'Asia/Shanghai',
        });
        context.setDefaultTimeout(Number(process.env.MINGDI_WEB_LIMIT_MS ?? 60000));
        await context.addInitScript(
            `if (!localStorage.language) localStorage.language = '${language}'`,
        );
        const page = await context.newPage();
        this.watch(page);
        await before?.(page);
        await page.goto(`http://${address}${path}`);
        return page;
    }

    async open(login: string, path = '/', language: 'zh' | 'en' = 'zh'): Promise<Page> {
        const page = await this.window(path, language);
        await this.signIn(page, login);
        return page;
    }

    async signIn(page: Page, login: string): Promise<void> {
        await page.fill('input[name=login]', login);
        await page.fill('input[name=password]', await this.password(login));
        await page.keyboard.press('Enter');
        await page.locator('[data-line=live]').waitFor();
    }

    async password(login: string): Promise<string> {
        return (await this.server.say(`password ${login}`)).text.trim();
    }

    /** dispatchctl as an account; fails unless it is done. */
    async as(account: string, command: string): Promise<string> {
        const said = await this.server.say(`as ${account} ${command}`);
        if (said.code !== 0) throw new Error(`${account} ${command}: ${said.code} ${said.text}`);
        return said.text;
    }

    /** The facts of an incident out of the journal itself, oldest first. */
    async journal(incident: string): Promise<Journalled[]> {
        const said = await this.server.say(`journal facts --incident ${incident} --json --personal`);
        if (said.code !== 0) throw new Error(said.text);
        return said.text.split('\n').map((line) => {
            const { seq, now_ms, fact } = JSON.parse(line) as { seq: number; now_ms: number; fact: { [kind: string]: object } };
            const [kind = '', body = {}] = Object.entries(fact)[0] ?? [];
            return { seq, now_ms, kind, body: body as Journalled['body'] };
        });
    }

    /** JSON to the server, quicker than dispatchctl; the id of what that made. */
    async post(account: string, path: string, body: object): Promise<number> {
        const token = this.#tokens.get(account) ?? (await this.server.say(`token ${account}`)).text.trim();
        this.#tokens.set(account, token);
        const answer = await fetch(this.url + path, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}` },
            body: JSON.stringify(body),
        });
        if (!answer.ok) throw new Error(`${account}: ${JSON.stringify(body)} ${await answer.text()}`);
        return ((await answer.json()) as { made: number }).made;
    }

    command(account: string, command: object): Promise<number> {
        return this.post(account, '/api/command', { client: 77, number: ++this.#number, ...command });
    }

    /** One after the other. */
    async many(account: string, commands: readonly object[]): Promise<void> {
        for (const command of commands) await this.command(account, command);
    }

    /** No request leaves the origin, no policy is violated, nothing throws. */
    watch(page: Page): void {
        page.on('request', (request) => {
            const url = new URL(request.url());
            if (url.protocol.startsWith('http') && ![this.server.address, this.server.door].includes(url.host))
                this.wrongs.push(`request to ${url.href}`);
        });
        page.on('pageerror', (error) => this.wrongs.push(`page error: ${error.message}`));
        page.on('console', (message) => {
            if (/Content.Security.Policy|violates/i.test(message.text()))
                this.wrongs.push(message.text());
        });
    }

    /** Nothing serious for those who see or hear otherwise, and a picture, in both languages. */
    async looksRight(page: Page, name: string): Promise<void> {
        const other = page.getByRole('button', { name: /^(English|中文)$/ });
        for (let i = 0; i < 2; i++) {
            const language = (await other.innerText()) === 'English' ? 'zh' : 'en';
            const found = await seriousFindings(page);
            if (found.length) throw new Error(`${name} ${language}: ${found.join('\n')}`);
            await this.shot(page, `${name}-${language}`);
            await other.click();
        }
    }

    /** A picture into MINGDI_SHOTS, where that names a folder. */
    async shot(page: Page, name: string): Promise<void> {
        const folder = process.env.MINGDI_SHOTS;
        if (!folder) return;
        mkdirSync(folder, { recursive: true });
        await page.screenshot({ path: join(folder, `${name}.png`) });
    }

    /** Closes all; what pages did wrong is the caller's to expect empty. */
    async end(): Promise<string[]> {
        await this.browser.close();
        await this.server.end();
        return this.wrongs;
    }
}

export async function startCentre(...settings: string[]): Promise<TestCentre> {
    const [server, browser] = await Promise.all([
        Server.start(settings),
        chromium.launch({
            executablePath: wanted('WEB_BROWSER'),
            args: [
                '--no-sandbox',
                '--disable-gpu',
                '--disable-quic',
                '--no-first-run',
                '--disable-background-networking',
                '--disable-component-update',
                '--disable-sync',
            ],
        }),
    ]);
    return new TestCentre(server, browser);
}

/** What axe finds serious or critical on the page, as short lines. */
export async function seriousFindings(page: Page): Promise<string[]> {
    const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await page.evaluate(readFileSync(source, 'utf8')); // by the debugger: the policy stays as it is
    const results = await page.evaluate(() =>
        (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
    );
    return results.violations
        .filter((v) => v.impact === 'serious' || v.impact === 'critical')
        .flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.html.slice(0, 120)}`));
}

interface AxeResults {
    readonly violations: readonly {
        readonly id: string;
        readonly impact: string;
        readonly nodes: readonly { readonly html: string }[];
    }[];
}

/** The stream of a page, listened to, held and cut at will. */
export class Wire {
    readonly frames: ServerFrame[] = [];
    #socket: WebSocketRoute | undefined;
    #cut = false;
    #held: (string | Buffer)[] | undefined;

    /** A window with its stream in hand. */
    static async window(
        centre: TestCentre,
        path = '/',
        address = centre.server.address,
    ): Promise<{ page: Page; wire: Wire }> {
        const wire = new Wire();
        const page = await centre.window(path, 'zh', (fresh) => Wire.#listen(wire, fresh), address);
        return { page, wire };
    }

    static async #listen(wire: Wire, page: Page): Promise<void> {
        await page.routeWebSocket(/\/ws$/, (socket) => {
            if (wire.#cut) {
                void socket.close();
                return;
            }
            wire.#socket = socket;
            const server = socket.connectToServer();
            server.onMessage((bytes) => {
                wire.frames.push(decodeServerFrame(bytes as Buffer));
                if (wire.#held) wire.#held.push(bytes);
                else socket.send(bytes);
            });
        });
    }

    /** The page hears nothing until released. */
    hold(): void {
        this.#held = [];
    }

    release(): void {
        for (const bytes of this.#held ?? []) this.#socket?.send(bytes);
        this.#held = undefined;
    }

    /** No line until mended. */
    async cut(): Promise<void> {
        this.#cut = true;
        await this.#socket?.close({ code: 4000, reason: 'cut by the test' });
    }

    mend(): void {
        this.#cut = false;
    }

    /** What a page that heard this knows. */
    folded(): Store {
        const store = new Store();
        for (const frame of this.frames) {
            if (frame.kind === 'welcome' && !frame.body.resumes) store.clear();
            if (frame.kind === 'snapshot') for (const thing of frame.body.object) store.put(thing);
            if (frame.kind === 'snapshot' && frame.body.last) store.begin(frame.as_of_seq);
            if (frame.kind !== 'facts') continue;
            // What was on a line that was cut comes again.
            for (const record of frame.body.record) if (record.seq > store.seq) store.fold(record);
            for (const thing of frame.body.object) store.put(thing);
            store.seq = frame.body.upto_seq;
        }
        return store;
    }

    /** Facts frames that do not begin where the last ended, a snapshot counting as a beginning. */
    gaps(): string[] {
        const found: string[] = [];
        let upto = -1;
        let resumed = false;
        for (const frame of this.frames) {
            if (frame.kind === 'welcome') resumed = true;
            if (frame.kind === 'snapshot' && frame.body.last) upto = frame.as_of_seq;
            if (frame.kind !== 'facts') continue;
            // A frame on the line that was cut may not have reached the page: it asks again.
            const again = resumed && frame.body.after_seq < upto;
            resumed = false;
            if (frame.body.after_seq !== upto && !again) found.push(`${frame.body.after_seq} after ${upto}`);
            upto = frame.body.upto_seq;
        }
        return found;
    }
}
