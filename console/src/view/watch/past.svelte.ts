// A day that is over, as a centre: the same store and the same views, at any moment of it. Figures come
// from report `day`, places of units from report `positions`; the grade of an incident is the last it
// had, duties are those of now.
import { Centre } from '../../centre.svelte';
import { empty, type Message } from '../../codec';
import { isOver } from '../../core/step';
import { enums, type Assignment, type Incident, type Level, type ObjectKind, type Step, type Thing } from '../../wire';

type Maybe = number | null;
type CallRow = readonly [number, Maybe, Maybe, Maybe, Maybe];
type IncidentRow = readonly [number, number, Maybe, Maybe, Maybe, Maybe, string, string, string];
type AssignmentRow = readonly [number, number, number, Maybe, ...Maybe[]];
type AlertRow = readonly [
    number, string, Level, number, Maybe, Maybe, Maybe, Maybe, string, string,
    string, boolean, Maybe, Maybe, number, number, number, number, readonly number[],
];

/** deploy/sql/015_watch.sql, report_day. */
export interface Day {
    readonly from_ms: number;
    readonly to_ms: number;
    readonly calls: readonly CallRow[];
    readonly incidents: readonly IncidentRow[];
    readonly assignments: readonly AssignmentRow[];
    readonly alerts: readonly AlertRow[];
}

export type PositionRow = readonly [number, number, number, number];

const TIMES = [
    'reserved_ms',
    'ordered_ms',
    'acknowledged_ms',
    'departed_ms',
    'at_scene_ms',
    'left_scene_ms',
    'at_hospital_ms',
    'handed_over_ms',
    'ended_ms',
] as const;
const steps: readonly string[] = enums.Step ?? [];

/** Two parts of a day as one; what stands in both is taken once. */
export function joined(a: Day, b: Day): Day {
    const once = <T extends readonly unknown[]>(x: readonly T[], y: readonly T[]): T[] => [
        ...new Map([...x, ...y].map((row) => [row[0], row])).values(),
    ];
    return {
        from_ms: a.from_ms,
        to_ms: b.to_ms,
        calls: once(a.calls, b.calls),
        incidents: once(a.incidents, b.incidents),
        assignments: once(a.assignments, b.assignments),
        alerts: once(a.alerts, b.alerts),
    };
}

function thing(kind: ObjectKind, message: string, body: Message): Thing {
    return { kind, body: { ...empty(message), ...body } } as unknown as Thing;
}

export class Past extends Centre {
    #at_ms = $state(0);

    override get now_ms(): number {
        return this.#at_ms;
    }

    /** The store becomes what it was at that moment. */
    show(live: Centre, day: Day, at_ms: number): void {
        this.#at_ms = at_ms;
        const store = this.store;
        store.clear();
        for (const kind of ['station', 'hospital', 'zone_name'] as const)
            for (const body of live.store.all(kind).values()) store.put({ kind, body } as Thing);
        const busy = this.#assignments(day, at_ms);
        for (const body of live.store.all('unit').values()) {
            const { assignment = 0, free_ms = 0 } = busy.get(body.unit) ?? {};
            store.put({ kind: 'unit', body: { ...body, assignment, next: 0, free_ms } });
        }
        this.#calls(day, at_ms);
        this.#incidents(day, at_ms);
        this.#alerts(day, at_ms);
    }

    /** In columns of differences, as the stream tells them. */
    place(rows: readonly PositionRow[]): void {
        const since = (at: 1 | 2) => (row: PositionRow, i: number) => row[at] - (rows[i - 1]?.[at] ?? 0);
        this.store.move(
            {
                unit: rows.map(([unit]) => unit),
                lat_e7: rows.map(since(1)),
                lon_e7: rows.map(since(2)),
                age_s: rows.map((row) => Math.round((this.#at_ms - row[3]) / 1000)),
                speed_dkmh: [],
                course_deg: [],
                flags: [],
            },
            this.#at_ms,
        );
    }

    #calls(day: Day, at_ms: number): void {
        const then = (ms: Maybe): number => (ms !== null && ms <= at_ms ? ms : 0);
        for (const [call, ringing, answered, ended, incident] of day.calls) {
            const ringing_ms = then(ringing);
            const answered_ms = then(answered);
            if (!ringing_ms && !answered_ms) continue;
            const ended_ms = then(ended);
            const state = ended_ms ? (answered_ms ? 'ended' : 'abandoned') : answered_ms ? 'answered' : 'ringing';
            this.store.put(
                thing('call', 'Call', { call, ringing_ms, answered_ms, ended_ms, state, incident: incident ?? 0 }),
            );
        }
    }

    /** Of each unit, what it was on then, and since when it was free. */
    #assignments(day: Day, at_ms: number): Map<number, { assignment?: number; free_ms?: number }> {
        const busy = new Map<number, { assignment?: number; free_ms?: number }>();
        for (const [assignment, incident, unit, hospital, ...rest] of day.assignments) {
            const times: Message = {};
            let step: Step = 'reserved';
            TIMES.forEach((name, i) => {
                const ms = rest[i];
                if (typeof ms !== 'number' || ms > at_ms) return;
                times[name] = ms;
                const own = name.slice(0, -3);
                if (steps.includes(own)) step = own as Step;
            });
            if (!times.reserved_ms) continue;
            const last = (rest as readonly unknown[])[TIMES.length] as Step;
            if (times.ended_ms) step = isOver(last) ? last : 'completed';
            this.store.put(
                thing('assignment', 'Assignment', { assignment, incident, unit, hospital: hospital ?? 0, step, ...times }),
            );
            const known = busy.get(unit);
            if (!times.ended_ms) busy.set(unit, { assignment });
            else if (!known?.assignment)
                busy.set(unit, { free_ms: Math.max(known?.free_ms ?? 0, Number(times.ended_ms)) });
        }
        return busy;
    }

    #incidents(day: Day, at_ms: number): void {
        const served = new Set<number>();
        for (const a of this.store.all('assignment').values()) if (isServed(a)) served.add(a.incident);
        for (const [incident, opened_ms, closed, grade, lat_e7, lon_e7, card, outcome, determinant] of day.incidents) {
            if (opened_ms > at_ms) continue;
            const closed_ms = closed !== null && closed <= at_ms ? closed : 0;
            const body: Partial<Incident> = {
                incident,
                opened_ms,
                closed_ms,
                state: closed_ms ? 'closed' : 'open',
                outcome: (closed_ms ? outcome : 'none') as Incident['outcome'],
                grade: grade ?? 0,
                has_place: lat_e7 !== null,
                lat_e7: lat_e7 ?? 0,
                lon_e7: lon_e7 ?? 0,
                card,
                determinant,
                waiting_ms: closed_ms || served.has(incident) ? 0 : opened_ms,
            };
            this.store.put(thing('incident', 'Incident', body as Message));
        }
    }

    #alerts(day: Day, at_ms: number): void {
        for (const [
            alert, detector, level, raised_ms, acknowledged, cleared, incident, unit, words, verdict,
            syndrome, has_place, lat_e7, lon_e7, radius_m, observed_milli, expected_milli, by_chance_h, evidence,
        ] of day.alerts) {
            if (raised_ms > at_ms) continue;
            const cleared_ms = cleared !== null && cleared <= at_ms ? cleared : 0;
            const acknowledged_ms = acknowledged !== null && acknowledged <= at_ms ? acknowledged : 0;
            this.store.put(
                thing('alert', 'Alert', {
                    alert, detector, level, raised_ms, acknowledged_ms, cleared_ms, words, syndrome, has_place,
                    since_ms: raised_ms,
                    state: cleared_ms ? 'cleared' : acknowledged_ms ? 'acknowledged' : 'raised',
                    verdict: cleared_ms ? verdict : 'none',
                    incident: incident ?? 0,
                    unit: unit ?? 0,
                    lat_e7: lat_e7 ?? 0,
                    lon_e7: lon_e7 ?? 0,
                    radius_m, observed_milli, expected_milli, by_chance_h,
                    evidence: [...evidence],
                }),
            );
        }
    }
}

/** Somebody is on it, or was there: it does not wait. */
function isServed(a: Assignment): boolean {
    return !isOver(a.step) || a.step === 'completed' || a.step === 'empty_run';
}
