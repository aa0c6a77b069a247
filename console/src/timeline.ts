// The life of an incident as lines: facts out of the journal (the query `incident`), then those that
// have come since, each once.
import type { Told } from './told';
import { messages, type Fact, type Incident } from './wire';

/** A record as the query answers it. */
export interface Read {
    readonly seq: number;
    readonly now_ms: number;
    readonly user: number;
    readonly fact: readonly { readonly [kind: string]: object }[];
}

const message = new Map((messages.Fact ?? []).map((f) => [f.name, f.of ?? '']));

/** The ids a fact names, by what they are of. */
export function idsOf(fact: Fact): Map<string, number> {
    const found = new Map<string, number>();
    const body = fact.body as unknown as { readonly [name: string]: number };
    for (const field of messages[message.get(fact.kind) ?? ''] ?? [])
        if (field.id && !field.repeated && body[field.name]) found.set(field.id, body[field.name] ?? 0);
    return found;
}

export function flatten(read: readonly Read[]): Told[] {
    return read.flatMap((record) =>
        record.fact.flatMap((one) =>
            Object.entries(one).map(([kind, body]) => ({
                seq: record.seq,
                now_ms: record.now_ms,
                user: record.user,
                fact: { kind, body } as unknown as Fact,
            })),
        ),
    );
}

/** Of what has been told, that about this incident. */
export function about(told: readonly Told[], incident: Incident, assignments: ReadonlySet<number>): Told[] {
    return told.filter(({ fact }) => {
        const ids = idsOf(fact);
        return (
            ids.get('incident') === incident.incident ||
            assignments.has(ids.get('assignment') ?? 0) ||
            (incident.call !== 0 && ids.get('call') === incident.call)
        );
    });
}

/** When it happened: what was reported later has its own time. */
export function happened(told: Told): number {
    const body = told.fact.body as { readonly at_ms?: number };
    return body.at_ms || told.now_ms;
}
