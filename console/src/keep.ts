// What a tablet keeps through a tunnel, a reload and its own end: the picture of its order, commands
// that were not answered yet with the times they were given, readings half entered. Written to the
// tablet's own storage because a crew's button must not be lost; each is dropped when it has served,
// all of it at signing out.
import { randomClient, type Kept, type Outbox } from './session';
import type { Store, Topic } from './store';
import type { Command, ObjectKind, Thing } from './wire';

interface Box {
    client: number;
    number: number;
    commands: Command[];
}

const OUTBOX = 'tablet.outbox';
const PICTURE = 'tablet.picture';
const DRAFT = 'tablet.draft';

/** What was written under this name, if it can be read. */
function read<T>(name: string): T | undefined {
    try {
        return (JSON.parse(localStorage.getItem(name) ?? 'null') as T | null) ?? undefined;
    } catch {
        return undefined;
    }
}

function write(name: string, value: unknown): void {
    localStorage.setItem(name, JSON.stringify(value));
}

export function keptOutbox(): Outbox {
    const kept = read<Box>(OUTBOX) ?? { client: randomClient(), number: 0, commands: [] };
    return {
        next: () => ({ client: kept.client, number: ++kept.number }),
        put: (command) => {
            kept.commands.push(command);
            write(OUTBOX, kept);
        },
        drop: (number) => {
            kept.commands = kept.commands.filter((command) => command.number !== number);
            write(OUTBOX, kept);
        },
        all: () => kept.commands,
    };
}

// --- the picture ---

/** Whoever draws the tablet's page reads these. */
export const pictured: readonly Topic[] = ['unit', 'station', 'assignment', 'incident', 'hospital', 'shift', 'message', 'fact'];
const toldKinds: ReadonlySet<string> = new Set(['vitals_recorded', 'note_added']);
const MESSAGES = 20;

/** Of the units only its own, of the messages the last. */
function thingsOf(store: Store, unit: number): Thing[] {
    const of = (kind: ObjectKind): Thing[] =>
        [...store.all(kind).values()].map((body) => ({ kind, body }) as Thing);
    const own = store.find('unit', unit);
    return [
        ...(own ? [{ kind: 'unit', body: own } satisfies Thing] : []),
        ...(['assignment', 'incident', 'hospital', 'shift'] as const).flatMap(of),
        ...of('message').slice(-MESSAGES),
    ];
}

/** The centre as this unit sees it now. */
export function keepPicture(store: Store, who: Kept['who'], clock_offset_ms: number): void {
    const told = store.told.all.filter(({ fact }) => toldKinds.has(fact.kind));
    write(PICTURE, { who, clock_offset_ms, things: thingsOf(store, who.scope), told } satisfies Kept);
}

export function keptPicture(): Kept | undefined {
    return read<Kept>(PICTURE);
}

// --- readings half entered ---

export interface Draft {
    [vital: string]: number | null;
}

export function draft(assignment: number): Draft {
    const kept = read<{ assignment: number; entered: Draft }>(DRAFT);
    return kept?.assignment === assignment ? kept.entered : {};
}

export function keepDraft(assignment: number, entered: Draft): void {
    write(DRAFT, { assignment, entered });
}

export function forgetAll(): void {
    for (const name of [OUTBOX, PICTURE, DRAFT]) localStorage.removeItem(name);
}
