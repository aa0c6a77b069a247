// The line to the server: signs in, says hello, keeps the store up to date, sends commands.
//
//   signIn ─► /ws ─► Hello(last_seq) ─► Welcome ─► Snapshot … | missing Facts ─► Facts, Positions
//
// A connection that is lost is opened again with the last seq, so nothing is missed and nothing is
// seen twice; a command without a reply is sent again under its number, so it acts once. What is
// not known to have reached the server stays in `outbox`.
// Start here: Session.open, Session.command, Session.query; what a page shows of it is in `status`.
import { decodeServerFrame, empty, encodeClientFrame, WireError, type Message } from './codec';
import type { Store } from './store';
import type { Token } from './token';
import type { Told } from './told';
import type {
    ClientFrame,
    Command,
    CommandBodies,
    CommandName,
    Degraded,
    Mode,
    Query,
    Reply,
    Report,
    ServerFrame,
    Thing,
    Welcome,
} from './wire';

export interface Credentials {
    readonly token: string;
    readonly user: number;
    readonly name: string;
    readonly role: string;
    readonly scope: number;
    readonly expires_ms: number;
}

export type Line = 'closed' | 'connecting' | 'catching_up' | 'live' | 'refused' | 'outdated';

/** What a page shows of its line. Replaced, never changed in place. */
export interface Status {
    readonly line: Line;
    readonly who: Welcome | undefined;
    readonly mode: Mode;
    readonly degraded: Degraded | undefined;
    /** performance.now() when the server was heard last. */
    readonly heard_ms: number;
    /** When the ping was sent that is not answered yet, or 0. */
    readonly asked_ms: number;
    /** There and back of the last ping. */
    readonly round_trip_ms: number;
    /** Commands without an answer yet. */
    readonly waiting: number;
    /** Of a command that an earlier page gave, so that nobody else is told. */
    readonly refused: Reply | undefined;
    readonly why: string;
}

/** How old what a page shows may be: the server is silent, or owes the answer to a ping, which comes
 * behind all that still waits for this page. */
export function behindMs(status: Status): number {
    return performance.now() - Math.min(status.heard_ms, status.asked_ms || Infinity);
}

/** Commands that may still have to be sent again. A page that must survive its own end keeps them
 * elsewhere than in memory. */
export interface Outbox {
    /** Of this page alone; both never used twice. */
    next(): { client: number; number: number };
    put(command: Command): void;
    drop(number: number): void;
    all(): readonly Command[];
}

export function memoryOutbox(): Outbox {
    const client = randomClient();
    const kept = new Map<number, Command>();
    let number = 0;
    return {
        next: () => ({ client, number: ++number }),
        put: (command) => void kept.set(command.number, command),
        drop: (done) => void kept.delete(done),
        all: () => [...kept.values()],
    };
}

export function randomClient(): number {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    return (high & 0xfffff) * 2 ** 32 + low + 1;
}

/** The refusal of a token that holds no longer. */
export const NOT_SIGNED_IN = 'not_signed_in';

/** Refused by the accounts, with the server's words. */
export class SignInError extends Error {
    constructor(
        readonly code: string,
        readonly zh: string,
        readonly en: string,
    ) {
        super(en);
    }
}

/** What was kept of an earlier page: shown until there is a line. */
export interface Kept {
    readonly who: Welcome;
    readonly clock_offset_ms: number;
    readonly things: readonly Thing[];
    readonly told: readonly Told[];
}

/** Asks the server for a chore of the accounts; what it answers, or a SignInError. */
async function chore<T>(path: string, token: string, body: object): Promise<T> {
    const authorization = token ? { authorization: `Bearer ${token}` } : undefined;
    const answer = await fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify(body),
    });
    const said = (await answer.json()) as T & { error: string; zh: string; en: string };
    if (!answer.ok) throw new SignInError(said.error, said.zh, said.en);
    return said;
}

/** At a seat, or at none (0). `take`: though somebody sits there. */
export function signIn(login: string, password: string, seat = 0, take = false): Promise<Credentials> {
    return chore('/api/sign-in', '', seat ? { login, password, seat, take } : { login, password });
}

export function signOut(token: string): Promise<unknown> {
    return chore('/api/sign-out', token, {});
}

/** The new token; the old one is no longer valid. */
export function changePassword(token: string, password: string, new_password: string): Promise<Token> {
    return chore('/api/password', token, { password, new_password });
}

/** A fresh token at the same seat, before this one expires. */
export function renewToken(token: string): Promise<Token> {
    return chore('/api/renew', token, {});
}

/** A locked seat sees and may not act. */
export function lockSeat(token: string): Promise<unknown> {
    return chore('/api/lock', token, {});
}

export function unlockSeat(token: string, password: string): Promise<unknown> {
    return chore('/api/unlock', token, { password });
}

const PING_EVERY_MS = 2000;
const SILENT_AFTER_MS = 10000;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5000;
/** Until the server has said how many commands may be on the way at once. */
const WINDOW = 1;

export class Session {
    status: Status = {
        line: 'closed',
        who: undefined,
        mode: 'full',
        degraded: undefined,
        heard_ms: 0,
        asked_ms: 0,
        round_trip_ms: 0,
        waiting: 0,
        refused: undefined,
        why: '',
    };
    /** Add to Date.now() for the server's time. */
    clock_offset_ms = 0;

    #socket: WebSocket | undefined;
    #token = '';
    #cursor = { journal_id: '', epoch: 0, seq: 0 };
    #retry_ms = RETRY_MS_MIN;
    #timer: ReturnType<typeof setTimeout> | undefined;
    #pinger: ReturnType<typeof setInterval> | undefined;
    #number = 0;
    /** The number of the ping that is not answered yet. */
    #ping = 0;
    #onTheWay = new Set<number>();
    readonly #answers = new Map<number, (reply: Reply) => void>();
    readonly #reports = new Map<number, { done: (report: Report) => void; fail: (why: Error) => void }>();

    constructor(
        private readonly store: Store,
        private readonly changed: () => void = () => undefined,
        private readonly outbox: Outbox = memoryOutbox(),
    ) {}

    open(token: string): void {
        this.#token = token;
        this.#connect();
    }

    /** The same session under its fresh token: the line stays. */
    renew(token: string): void {
        this.#token = token;
    }

    recall(kept: Kept): void {
        this.clock_offset_ms = kept.clock_offset_ms;
        for (const thing of kept.things) this.store.put(thing);
        this.store.begin(0, kept.told);
        this.#say({ who: kept.who, waiting: this.outbox.all().length });
    }

    /** Ends the line for good; what the store knows stays. */
    close(): void {
        this.#token = '';
        clearTimeout(this.#timer);
        this.#drop();
        this.#say({ line: 'closed' });
    }

    now_ms(): number {
        return Date.now() + this.clock_offset_ms;
    }

    /** Sent now, or when there is a line again; answered once. What is left out is 0 or ''. */
    command<K extends CommandName>(kind: K, body: Partial<CommandBodies[K]>): Promise<Reply> {
        const command = { kind, body, ...this.outbox.next() } as unknown as Command;
        this.outbox.put(command);
        const answer = new Promise<Reply>((done) => this.#answers.set(command.number, done));
        this.#sendCommands();
        this.#say({ waiting: this.outbox.all().length });
        return answer;
    }

    /** A question that changes nothing (proto/stream.proto lists them); fails when the line is lost
     * before the answer. */
    async query<T>(what: string, more: Partial<Query> = {}): Promise<T> {
        if (this.status.line !== 'live') throw new Error('no line');
        const number = ++this.#number;
        const nothing = { words: '', id: 0, lat_e7: 0, lon_e7: 0 };
        this.#send({ kind: 'query', body: { ...nothing, ...more, what, number } });
        const report = await new Promise<Report>((done, fail) =>
            this.#reports.set(number, { done, fail }),
        );
        if (report.error) throw new Error(report.error);
        return JSON.parse(report.json) as T;
    }

    // --- the connection ---

    #connect(): void {
        this.#drop();
        this.#say({ line: 'connecting' });
        const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
        const socket = new WebSocket(`${scheme}//${location.host}/ws`, 'dispatch');
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => this.#hello();
        socket.onmessage = (event: MessageEvent<ArrayBuffer>) => this.#hear(socket, event.data);
        socket.onclose = (event) => this.#lost(socket, event);
        this.#socket = socket;
        this.#pinger = setInterval(() => this.#beat(socket), PING_EVERY_MS);
        this.#say({ heard_ms: performance.now(), asked_ms: 0 });
    }

    #drop(): void {
        clearInterval(this.#pinger);
        const socket = this.#socket;
        this.#socket = undefined;
        socket?.close();
        this.#onTheWay.clear();
        for (const { fail } of this.#reports.values()) fail(new Error('line lost'));
        this.#reports.clear();
    }

    #lost(socket: WebSocket, event: CloseEvent): void {
        if (socket !== this.#socket) return;
        this.#drop();
        if (event.code === 1008 && /token|signed out/.test(event.reason)) {
            this.#say({ line: 'refused', why: event.reason });
            return;
        }
        this.#say({ line: 'connecting', why: event.reason });
        const jitter = 0.5 + Math.random();
        this.#timer = setTimeout(() => this.#connect(), this.#retry_ms * jitter);
        this.#retry_ms = Math.min(this.#retry_ms * 2, RETRY_MS_MAX);
    }

    /** A half-open connection looks alive to the browser. */
    #beat(socket: WebSocket): void {
        if (performance.now() - this.status.heard_ms > SILENT_AFTER_MS) {
            this.#lost(socket, new CloseEvent('close', { code: 4009, reason: 'silent' }));
            return;
        }
        if (this.status.line !== 'live' && this.status.line !== 'catching_up') return;
        if (this.status.asked_ms) return;
        this.#ping = ++this.#number;
        this.#say({ asked_ms: performance.now() });
        this.#send({ kind: 'ping', body: { number: this.#ping } });
    }

    #send(frame: ClientFrame): void {
        if (this.#socket?.readyState === WebSocket.OPEN)
            this.#socket.send(encodeClientFrame(frame) as Uint8Array<ArrayBuffer>);
    }

    #hello(): void {
        this.#send({
            kind: 'hello',
            body: {
                token: this.#token,
                journal_id: this.#cursor.journal_id,
                epoch: this.#cursor.epoch,
                last_seq: this.#cursor.seq,
                want_facts: true,
                want_positions: true,
                version: 'console',
            },
        });
    }

    /** The oldest first, so that they act in the order in which they were given. */
    #sendCommands(): void {
        if (this.status.line !== 'live') return;
        const commands = this.outbox.all();
        const window = this.status.who?.command_window || WINDOW;
        for (const command of commands) {
            if (command.number - (commands[0]?.number ?? 0) >= window) return;
            if (this.#onTheWay.has(command.number)) continue;
            this.#onTheWay.add(command.number);
            this.#send({ kind: 'command', body: command });
        }
    }

    // --- what is heard ---

    #hear(socket: WebSocket, bytes: ArrayBuffer): void {
        if (socket !== this.#socket) return;
        try {
            this.#take(decodeServerFrame(new Uint8Array(bytes)));
        } catch (error) {
            if (!(error instanceof WireError)) throw error;
            this.#drop();
            this.#say({ line: 'outdated', why: error.message });
            return;
        }
        this.#say({ heard_ms: performance.now() });
    }

    #take(frame: ServerFrame): void {
        switch (frame.kind) {
            case 'welcome':
                this.#welcome(frame.body);
                break;
            case 'snapshot':
                for (const thing of frame.body.object) this.store.put(thing);
                if (frame.body.last) this.#pictured(frame.as_of_seq);
                break;
            case 'facts':
                this.#facts(frame.body);
                break;
            case 'positions':
                this.store.move(frame.body, this.now_ms());
                break;
            case 'reply':
                this.#reply(frame.body);
                break;
            case 'report':
                this.#reports.get(frame.body.number)?.done(frame.body);
                this.#reports.delete(frame.body.number);
                break;
            case 'degraded':
                this.#say({ degraded: frame.body, mode: frame.body.mode });
                break;
            case 'heartbeat':
                this.#heartbeat(frame.body.now_ms, frame.body.number);
                break;
            case 'goodbye':
                this.#say({ why: frame.body.reason });
                break;
        }
    }

    #welcome(welcome: Welcome): void {
        this.clock_offset_ms = welcome.now_ms - Date.now();
        this.#cursor.journal_id = welcome.journal_id;
        this.#cursor.epoch = welcome.epoch;
        this.#retry_ms = RETRY_MS_MIN;
        this.#say({ who: welcome, mode: welcome.mode, line: 'catching_up', why: '' });
        if (welcome.resumes) this.#live();
        else this.store.clear();
    }

    #pictured(seq: number): void {
        this.#cursor.seq = seq;
        this.store.begin(seq);
        this.#live();
    }

    #live(): void {
        this.#say({ line: 'live' });
        this.#sendCommands();
    }

    /** A frame covers (after, upto]; one that does not begin where the last ended is a gap. */
    #facts(facts: Extract<ServerFrame, { kind: 'facts' }>['body']): void {
        if (facts.after_seq !== this.#cursor.seq)
            throw new WireError(`facts after ${facts.after_seq}, but ${this.#cursor.seq} is the last`);
        for (const record of facts.record) this.store.fold(record);
        for (const thing of facts.object) this.store.put(thing);
        this.#cursor.seq = this.store.seq = facts.upto_seq;
    }

    #reply(reply: Reply): void {
        this.#onTheWay.delete(reply.number);
        this.outbox.drop(reply.number);
        const answer = this.#answers.get(reply.number);
        this.#answers.delete(reply.number);
        this.#sendCommands();
        this.#say({ waiting: this.outbox.all().length });
        if (answer) answer(reply);
        else if (reply.refusal !== 'none') this.#say({ refused: reply });
    }

    #heartbeat(now_ms: number, number: number): void {
        if (number !== this.#ping || !this.status.asked_ms) return;
        const round_trip_ms = performance.now() - this.status.asked_ms;
        // Known to half the way there and back: a slow answer does not shift a clock it does not belie.
        const offset_ms = now_ms + round_trip_ms / 2 - Date.now();
        if (Math.abs(offset_ms - this.clock_offset_ms) > round_trip_ms / 2) this.clock_offset_ms = offset_ms;
        this.#say({ round_trip_ms, asked_ms: 0 });
    }

    #say(news: Partial<Status>): void {
        this.status = { ...this.status, ...news };
        this.changed();
    }
}

/** A command with everything that was left out, for whoever needs it whole. */
export function whole<K extends CommandName>(kind: K, body: Partial<CommandBodies[K]>): CommandBodies[K] {
    const message = kind.replace(/(^|_)([a-z])/g, (_, __, c: string) => c.toUpperCase());
    return { ...empty(message), ...(body as Message) } as unknown as CommandBodies[K];
}
