// The page's picture of the centre: objects by kind, folded from facts exactly as dispatch/core's
// apply*.c fold them (tests/web/stories holds the two against each other). The only mutable state.
//
// A role sees only some facts, so what a fact names may not be here: then it changes nothing.
// Start here: a new kind of fact is a row in `change`.
import { empty, type Message } from './codec';
import {
    enums,
    messages,
    type Alert,
    type AlertState,
    type Assignment,
    type CallState,
    type Fact,
    type FactBodies,
    type FactKind,
    type Head,
    type Incident,
    type ObjectBodies,
    type ObjectKind,
    type PlanStep,
    type Positions,
    type Record,
    type Step,
    type Thing,
    type Unit,
} from './wire';
import { deadlines } from './words/vocabulary';

/** Where a unit was seen last. Soft: never a fact, gone with the page. */
export interface Position {
    readonly unit: number;
    readonly lat_e7: number;
    readonly lon_e7: number;
    readonly speed_dkmh: number;
    readonly course_deg: number;
    /** The server's time of the fix. */
    readonly fix_ms: number;
    readonly flags: number;
}

/** What may be watched: the kinds of objects, and what is not an object. */
export type Topic = ObjectKind | 'position' | 'fact';

/** A fact with the record it stands in. */
export interface Told {
    readonly seq: number;
    readonly now_ms: number;
    readonly user: number;
    readonly fact: Fact;
}

const objectMessage = new Map(
    (messages.Object ?? []).flatMap((f) => (f.oneof ? [[f.name, f.of ?? ''] as const] : [])),
);
const kinds = [...objectMessage.keys()] as ObjectKind[];
const steps: readonly string[] = enums.Step ?? [];
const TOLD_MAX = 20000;
/** As core/hospital_choice.h. */
const HANDOVERS_MAX = 10;

/** Whether an assignment in this step has ended. */
export function isOver(step: Step): boolean {
    return steps.indexOf(step) >= steps.indexOf('completed');
}

export function stepNumber(step: Step): number {
    return steps.indexOf(step);
}

export class Store {
    readonly #objects = new Map<ObjectKind, Map<number, Message>>();
    readonly positions = new Map<number, Position>();
    /** The facts since this page came, oldest first, bounded. */
    told: Told[] = [];
    /** Of the last record that was folded. */
    seq = 0;

    /** Called with what has changed; the page draws later. */
    constructor(private readonly changed: (topic: Topic) => void = () => undefined) {
        this.clear();
    }

    clear(): void {
        for (const kind of kinds) {
            this.#objects.set(kind, new Map());
            this.changed(kind);
        }
        this.positions.clear();
        this.told = [];
        this.seq = 0;
    }

    all<K extends ObjectKind>(kind: K): ReadonlyMap<number, ObjectBodies[K]> {
        return this.#table(kind) as unknown as ReadonlyMap<number, ObjectBodies[K]>;
    }

    find<K extends ObjectKind>(kind: K, id: number): ObjectBodies[K] | undefined {
        return this.all(kind).get(id);
    }

    /** A whole object: of the first picture, or one that has just become visible. */
    put(thing: Thing): void {
        this.#table(thing.kind).set(idOf(thing), thing.body as unknown as Message);
        this.changed(thing.kind);
    }

    /** All facts of one record. */
    fold(record: Record): void {
        for (const fact of record.fact) this.apply(record, fact);
        const head = this.#head();
        this.seq = head.seq = record.seq;
        head.now_ms = Math.max(head.now_ms, record.now_ms);
    }

    /** The one way in which anything changes. */
    apply(record: Record, fact: Fact): void {
        (change[fact.kind] as (a: Applying, f: Fact['body']) => void)(
            new Applying(this, record),
            fact.body,
        );
        this.told.push({ seq: record.seq, now_ms: record.now_ms, user: record.user, fact });
        if (this.told.length > TOLD_MAX) this.told.splice(0, TOLD_MAX / 10);
        this.changed('fact');
    }

    /** Columns of differences become rows. */
    move(moved: Positions, now_ms: number): void {
        let lat_e7 = 0;
        let lon_e7 = 0;
        moved.unit.forEach((unit, i) => {
            lat_e7 = (lat_e7 + (moved.lat_e7[i] ?? 0)) | 0;
            lon_e7 = (lon_e7 + (moved.lon_e7[i] ?? 0)) | 0;
            this.positions.set(unit, {
                unit,
                lat_e7,
                lon_e7,
                speed_dkmh: moved.speed_dkmh[i] ?? 65535,
                course_deg: moved.course_deg[i] ?? 65535,
                fix_ms: now_ms - (moved.age_s[i] ?? 0) * 1000,
                flags: moved.flags[i] ?? 0,
            });
        });
        this.changed('position');
    }

    // --- for Applying only ---

    /** The object to be changed: a new one, so that a view holding the old sees a difference. */
    edit<K extends ObjectKind>(kind: K, id: number): ObjectBodies[K] | undefined {
        const was = this.find(kind, id);
        if (!was) return undefined;
        const made = { ...was };
        this.#table(kind).set(id, made as unknown as Message);
        this.changed(kind);
        return made;
    }

    add<K extends ObjectKind>(kind: K, id: number): ObjectBodies[K] {
        const message = objectMessage.get(kind) ?? '';
        const made = empty(message);
        made[messages[message]?.[0]?.name ?? ''] = id;
        this.#table(kind).set(id, made);
        this.changed(kind);
        return made as unknown as ObjectBodies[K];
    }

    remove(kind: ObjectKind, id: number): void {
        this.#table(kind).delete(id);
        this.changed(kind);
    }

    #table(kind: ObjectKind): Map<number, Message> {
        return this.#objects.get(kind) as Map<number, Message>;
    }

    #head(): Head {
        return this.edit('head', 1) ?? this.add('head', 1);
    }

    counted(counter: keyof Head, id: number): void {
        const head = this.#head();
        if (id > Number(head[counter])) Object.assign(head, { [counter]: id });
    }

    moved(now_ms: number): void {
        this.#head().extra_move_ms = now_ms;
    }

    inForce(what: 'weights' | 'cards' | 'zones', body: { epoch: number; hash: string }): void {
        Object.assign(this.#head(), { [what + '_epoch']: body.epoch, [what + '_hash']: body.hash });
    }
}

function idOf(thing: Thing): number {
    const message = objectMessage.get(thing.kind) ?? '';
    const body = thing.body as unknown as Message;
    return body[messages[message]?.[0]?.name ?? ''] as number;
}

/** One record on its way into the store. */
class Applying {
    constructor(
        readonly store: Store,
        readonly record: Record,
    ) {}

    /** The fact's fields into the object's fields of the same names. */
    copy<K extends ObjectKind>(kind: K, object: ObjectBodies[K] | undefined, fact: object): void {
        if (!object) return;
        const from = fact as Message;
        const to = object as unknown as Message;
        for (const field of messages[objectMessage.get(kind) ?? ''] ?? [])
            if (field.name in from) to[field.name] = from[field.name] as Message[string];
    }

    define<K extends ObjectKind>(kind: K, id: number, fact: object): ObjectBodies[K] {
        const object = this.store.edit(kind, id) ?? this.store.add(kind, id);
        this.copy(kind, object, fact);
        return object;
    }

    /** Decided objects say which record changed them. */
    incident(id: number): Incident | undefined {
        const incident = this.store.edit('incident', id);
        if (incident) incident.changed_seq = this.record.seq;
        return incident;
    }

    unit(id: number): Unit | undefined {
        const unit = this.store.edit('unit', id);
        if (unit) unit.changed_seq = this.record.seq;
        return unit;
    }
}

// --- calls ---

function callMoved(a: Applying, id: number, state: CallState, at_ms: number): void {
    const call = a.store.edit('call', id);
    if (!call) return;
    call.state = state;
    if (state === 'answered') call.answered_ms = at_ms;
    else call.ended_ms = at_ms;
}

function callArchived(a: Applying, id: number): void {
    for (const task of [...a.store.all('task').values()])
        if (task.call === id) a.store.remove('task', task.task);
    a.store.remove('call', id);
}

// --- incidents ---

function incidentOpened(a: Applying, f: FactBodies['incident_opened']): void {
    const incident = a.define('incident', f.incident, f);
    incident.state = 'open';
    incident.opened_ms = incident.waiting_ms = f.at_ms;
    incident.changed_seq = a.record.seq;
    const call = a.store.edit('call', f.call);
    if (call && call.incident === 0) call.incident = f.incident;
    a.store.counted('last_incident', f.incident);
}

function questionAnswered(a: Applying, f: FactBodies['question_answered']): void {
    const incident = a.incident(f.incident);
    if (!incident) return;
    const words: readonly string[] = enums.Answer ?? [];
    const at = incident.question.indexOf(f.question);
    const place = at < 0 ? incident.question.length : at;
    incident.question = incident.question.slice();
    incident.answer = incident.answer.slice();
    incident.question[place] = f.question;
    incident.answer[place] = words.indexOf(f.answer);
    incident.cards_hash = f.cards_hash;
}

function answersDropped(a: Applying, f: FactBodies['answers_dropped']): void {
    const incident = a.incident(f.incident);
    if (!incident) return;
    const kept = incident.question.map((question) => !f.question.includes(question));
    incident.answer = incident.answer.filter((_, i) => kept[i]);
    incident.question = incident.question.filter((_, i) => kept[i]);
}

/** Another plan has another check-list. */
function responsePlanned(a: Applying, f: FactBodies['response_planned']): void {
    const incident = a.incident(f.incident);
    if (incident && incident.plan !== f.plan) incident.checked_step = [];
    a.copy('incident', incident, f);
}

/** The numbers of the steps done, in the order in which they were. */
function stepChecked(a: Applying, f: FactBodies['step_checked']): void {
    const incident = a.incident(f.incident);
    if (!incident) return;
    const others = incident.checked_step.filter((number) => number !== f.number);
    incident.checked_step = f.done ? [...others, f.number] : others;
}

function gradedNow(a: Applying, incident: Incident): void {
    if (incident.graded_ms === 0) incident.graded_ms = a.record.now_ms;
    incident.proposed_grade = 0;
}

function incidentGraded(a: Applying, f: FactBodies['incident_graded']): void {
    const incident = a.incident(f.incident);
    if (!incident) return;
    a.copy('incident', incident, f);
    gradedNow(a, incident);
}

function incidentRegraded(a: Applying, f: FactBodies['incident_regraded']): void {
    const incident = a.incident(f.incident);
    if (!incident) return;
    incident.grade = f.grade;
    incident.provisional = false;
    gradedNow(a, incident);
}

/** What a recommendation leaves on an incident, emptied. */
function nothingOffered(): object {
    const kept = new Set((messages.Incident ?? []).map((field) => field.name));
    const lists = (messages.Recommended ?? []).filter((field) => field.repeated && kept.has(field.name));
    return { ...Object.fromEntries(lists.map((field) => [field.name, []])), left_out: 0 };
}

function incidentClosed(a: Applying, f: FactBodies['incident_closed']): void {
    const incident = a.incident(f.incident);
    if (!incident) return;
    incident.state = 'closed';
    incident.outcome = f.outcome;
    incident.closed_ms = f.at_ms;
    incident.waiting_ms = 0;
    Object.assign(incident, nothingOffered());
    noAdvice(incident);
}

function incidentArchived(a: Applying, id: number): void {
    for (const assignment of [...a.store.all('assignment').values()])
        if (assignment.incident === id) a.store.remove('assignment', assignment.assignment);
    a.store.remove('incident', id);
}

// --- units and their assignments ---

function stepTime(step: Step): keyof Assignment {
    return `${step}_ms` as keyof Assignment;
}

function unitReserved(a: Applying, f: FactBodies['unit_reserved']): void {
    const assignment = a.define('assignment', f.assignment, f);
    assignment.step = 'reserved';
    assignment.reserved_ms = a.record.now_ms;
    const incident = a.incident(f.incident);
    if (incident) incident.waiting_ms = 0;
    const unit = a.unit(f.unit);
    if (unit) unit.post = unit.move_to = 0;
    if (unit && unit.assignment === 0) unit.assignment = f.assignment;
    else if (unit) unit.next = f.assignment;
    a.store.counted('last_assignment', f.assignment);
}

function unitOrdered(a: Applying, f: FactBodies['unit_ordered']): void {
    const assignment = a.store.edit('assignment', f.assignment);
    if (!assignment) return;
    assignment.step = 'ordered';
    assignment.ordered_ms = f.at_ms;
    a.unit(assignment.unit);
}

function unitFreed(unit: Unit, assignment: Assignment, at_ms: number): void {
    if (unit.assignment === assignment.assignment) {
        unit.assignment = unit.next;
        unit.next = 0;
        if (unit.assignment === 0) unit.free_ms = at_ms;
    } else if (unit.next === assignment.assignment) {
        unit.next = 0;
    }
}

/** The unit is free (or goes on with its next), the incident may wait again. */
function assignmentEnded(a: Applying, assignment: Assignment, at_ms: number): void {
    const unit = a.unit(assignment.unit);
    const incident = a.incident(assignment.incident);
    assignment.ended_ms = at_ms;
    if (unit) unitFreed(unit, assignment, at_ms);
    const served = assignment.step === 'completed' || assignment.step === 'empty_run';
    const others = [...a.store.all('assignment').values()].some(
        (other) => other.incident === assignment.incident && !isOver(other.step),
    );
    if (!served && incident?.state === 'open' && !others) incident.waiting_ms = a.record.now_ms;
}

function stepReached(a: Applying, f: FactBodies['step_reached']): void {
    const assignment = a.store.edit('assignment', f.assignment);
    if (!assignment) return;
    assignment.step = f.step;
    Object.assign(assignment, { [stepTime(f.step)]: f.at_ms });
    if (f.reason !== 'none') assignment.end_reason = f.reason;
    a.unit(assignment.unit);
    if (f.step === 'handed_over') handoverSeen(a, assignment);
    const incident = f.step === 'diverted' ? a.incident(assignment.incident) : undefined;
    if (incident) incident.taken_ms = f.at_ms;
    if (isOver(f.step)) assignmentEnded(a, assignment, f.at_ms);
}

function stepCorrected(a: Applying, f: FactBodies['step_corrected']): void {
    const assignment = a.store.edit('assignment', f.assignment);
    if (!assignment) return;
    Object.assign(assignment, { [stepTime(f.step)]: f.at_ms });
    a.unit(assignment.unit);
    if (isOver(assignment.step)) {
        if (f.step === assignment.step) assignment.ended_ms = f.at_ms;
        return;
    }
    const to = stepNumber(f.step);
    const from = stepNumber(assignment.step);
    if (f.reason !== 'wrong_button' || to >= from) return;
    for (const later of steps.slice(to + 1, from + 1))
        Object.assign(assignment, { [stepTime(later as Step)]: 0 });
    assignment.step = f.step;
}

/** Another hospital has not said yet that it expects anybody. */
function hospitalChosen(a: Applying, f: FactBodies['hospital_chosen']): void {
    const assignment = a.store.edit('assignment', f.assignment);
    if (!assignment) return;
    if (assignment.hospital !== f.hospital)
        assignment.expected_ms = assignment.handover_confirmed_ms = 0;
    assignment.hospital = f.hospital;
}

// --- what crews, hospitals and seats say ---

/** A unit's last shift only. */
function crewSignedOn(a: Applying, f: FactBodies['crew_signed_on']): void {
    for (const shift of [...a.store.all('shift').values()])
        if (shift.unit === f.unit) a.store.remove('shift', shift.shift);
    a.define('shift', f.shift, f).began_ms = a.record.now_ms;
    a.store.counted('last_shift', f.shift);
}

function unitChecked(a: Applying, f: FactBodies['unit_checked']): void {
    const shift = a.store.edit('shift', f.shift);
    a.copy('shift', shift, f);
    if (shift) shift.checked_ms = a.record.now_ms;
}

// --- advice ---

function noShares(incident: Incident): void {
    incident.unplaced_red = incident.unplaced_yellow = incident.unplaced_green = 0;
    incident.share_hospital = [];
    incident.share_red = [];
    incident.share_yellow = [];
    incident.share_green = [];
    incident.share_drive_s = [];
    incident.share_why = [];
}

function noAdvice(incident: Incident): void {
    incident.advised_need = 0;
    incident.advised_hospital = [];
    incident.advised_drive_s = [];
    incident.advised_source = [];
    incident.advised_wait_s = [];
    incident.advised_why = [];
    noShares(incident);
}

/** How long the crew was at the hospital: the mean follows, of the last ten. */
function handoverSeen(a: Applying, assignment: Assignment): void {
    const hospital = a.store.edit('hospital', assignment.hospital);
    const took_ms = assignment.handed_over_ms - assignment.at_hospital_ms;
    if (!hospital || assignment.at_hospital_ms === 0 || took_ms < 0) return;
    const n = Math.min(hospital.handovers, HANDOVERS_MAX - 1);
    const took_s = Math.floor(took_ms / 1000);
    hospital.handover_mean_s = Math.floor((hospital.handover_mean_s * n + took_s) / (n + 1));
    hospital.handovers++;
}

// --- plans that run ---

const planSteps: readonly string[] = enums.PlanStep ?? [];

function planStarted(a: Applying, f: FactBodies['plan_started']): void {
    const run = a.define('plan_run', f.plan_run, f);
    const none = f.step_due_s.map(() => 0);
    run.started_ms = a.record.now_ms;
    run.step_state = none.map(() => planSteps.indexOf('open'));
    run.step_reason = [...none];
    run.step_user = [...none];
    run.step_taken_ms = [...none];
    run.step_done_ms = [...none];
    a.store.counted('last_plan_run', f.plan_run);
}

function stepMoved(
    a: Applying,
    f: { plan_run: number; number: number; user: number },
    to: PlanStep,
): void {
    const run = a.store.edit('plan_run', f.plan_run);
    if (!run) return;
    const at = f.number - 1;
    run.step_state = run.step_state.with(at, planSteps.indexOf(to));
    run.step_user = run.step_user.with(at, f.user);
    if (to === 'taken') run.step_taken_ms = run.step_taken_ms.with(at, a.record.now_ms);
    else run.step_done_ms = run.step_done_ms.with(at, a.record.now_ms);
}

function stepSkipped(a: Applying, f: FactBodies['step_skipped']): void {
    stepMoved(a, f, 'skipped');
    const run = a.store.edit('plan_run', f.plan_run);
    const reasons: readonly string[] = enums.Reason ?? [];
    if (run) run.step_reason = run.step_reason.with(f.number - 1, reasons.indexOf(f.reason));
}

// --- alerts and messages ---

/** The object a deadline's alert watches carries the alert's bit. */
function markAlerted(a: Applying, alert: Alert, on: boolean): void {
    const deadline = deadlines.findIndex((row) => row.word === alert.detector);
    if (deadline < 0) return;
    const watched = (
        alert.call ? a.store.edit('call', alert.call)
        : alert.task ? a.store.edit('task', alert.task)
        : alert.assignment ? a.store.edit('assignment', alert.assignment)
        : alert.terminal ? a.store.edit('terminal', alert.terminal)
        : alert.plan_run ? a.store.edit('plan_run', alert.plan_run)
        : a.store.edit('incident', alert.incident)
    );
    const bit = 1 << deadline;
    if (watched) watched.alerted = on ? watched.alerted | bit : watched.alerted & ~bit;
}

function alertRaised(a: Applying, f: FactBodies['alert_raised']): void {
    const alert = a.define('alert', f.alert, f);
    alert.state = 'raised';
    alert.notice = 1;
    alert.raised_ms = alert.notice_ms = a.record.now_ms;
    markAlerted(a, alert, true);
    a.store.counted('last_alert', f.alert);
}

/** It rings again when the level rises. */
function alertUpdated(a: Applying, f: FactBodies['alert_updated']): void {
    const alert = a.store.edit('alert', f.alert);
    if (!alert) return;
    const levels: readonly string[] = enums.Level ?? [];
    if (levels.indexOf(f.level) > levels.indexOf(alert.level)) alert.state = 'raised';
    a.copy('alert', alert, f);
    alert.updated_ms = alert.notice_ms = a.record.now_ms;
}

function alertMoved(a: Applying, f: { alert: number }, state: AlertState): void {
    const alert = a.store.edit('alert', f.alert);
    if (!alert) return;
    a.copy('alert', alert, f);
    alert.state = state;
    if (state === 'acknowledged') alert.acknowledged_ms = a.record.now_ms;
    if (state !== 'cleared') return;
    alert.notice++;
    alert.before_ms = alert.notice_ms;
    alert.cleared_ms = alert.notice_ms = a.record.now_ms;
    markAlerted(a, alert, false);
}

/** Taken is acknowledged; one that was, stays as it is under its new owner. */
function alertTaken(a: Applying, f: FactBodies['alert_taken']): void {
    if (a.store.find('alert', f.alert)?.state === 'raised') alertMoved(a, f, 'acknowledged');
    else a.copy('alert', a.store.edit('alert', f.alert), { owner: f.owner });
}

function messageSent(a: Applying, f: FactBodies['message_sent']): void {
    a.define('message', f.message, f).sent_ms = a.record.now_ms;
    a.store.counted('last_message', f.message);
}

function terminalMoved(a: Applying, id: number, lost: boolean, at_ms: number): void {
    const terminal = a.store.edit('terminal', id);
    if (!terminal) return;
    terminal.lost = lost;
    terminal.lost_ms = lost ? at_ms : 0;
}

/** With nobody left at the scene it is over. */
function massCasualtyDeclared(a: Applying, f: FactBodies['mass_casualty_declared']): void {
    const incident = a.incident(f.incident);
    if (!incident) return;
    a.copy('incident', incident, f);
    incident.mass = f.red + f.yellow + f.green + f.black > 0;
    if (!incident.mass) noShares(incident);
}

function moveAdvised(a: Applying, f: FactBodies['move_advised']): void {
    const unit = a.store.edit('unit', f.unit);
    a.copy('unit', unit, f);
    if (unit) unit.move_ms = a.record.now_ms;
    if (f.extra) a.store.moved(a.record.now_ms);
}

/** At its own station it has no post. */
function unitMoved(a: Applying, f: FactBodies['unit_moved']): void {
    const unit = a.unit(f.unit);
    if (!unit) return;
    unit.post = f.post === unit.station ? 0 : f.post;
    unit.posted_ms = a.record.now_ms;
    unit.move_to = 0;
}

type Change = { [K in FactKind]: (a: Applying, f: FactBodies[K]) => void };

const noTrace = (): void => undefined;

/** What each kind of fact changes. */
const change: Change = {
    booted: noTrace,
    station_defined: (a, f) => a.define('station', f.station, f),
    hospital_defined: (a, f) => a.define('hospital', f.hospital, f),
    unit_defined: (a, f) => {
        a.define('unit', f.unit, f);
        a.unit(f.unit);
    },
    terminal_defined: (a, f) => a.define('terminal', f.terminal, f),
    zone_defined: (a, f) => a.define('zone_name', f.zone, f),

    call_rang: (a, f) => {
        const call = a.define('call', f.call, f);
        call.state = 'ringing';
        call.ringing_ms = f.at_ms;
        a.store.counted('last_call', f.call);
    },
    call_located: (a, f) => a.copy('call', a.store.edit('call', f.call), f),
    call_answered: (a, f) => {
        callMoved(a, f.call, 'answered', f.at_ms);
        a.copy('call', a.store.edit('call', f.call), { user: f.user, seat: f.seat });
    },
    call_ended: (a, f) => callMoved(a, f.call, 'ended', f.at_ms),
    call_abandoned: (a, f) => callMoved(a, f.call, 'abandoned', f.at_ms),
    call_fell_silent: (a, f) => callMoved(a, f.call, 'silent', f.at_ms),
    call_attached: (a, f) => a.copy('call', a.store.edit('call', f.call), { incident: f.incident }),
    call_archived: (a, f) => callArchived(a, f.call),
    callback_opened: (a, f) => {
        a.define('task', f.task, f).opened_ms = a.record.now_ms;
        a.store.counted('last_task', f.task);
    },
    callback_finished: (a, f) => {
        const task = a.store.edit('task', f.task);
        a.copy('task', task, { outcome: f.outcome, user: f.user, finished_ms: a.record.now_ms });
    },

    incident_opened: incidentOpened,
    incident_placed: (a, f) => a.copy('incident', a.incident(f.incident), f),
    incident_described: (a, f) => a.copy('incident', a.incident(f.incident), f),
    incident_taken_over: (a, f) => a.copy('incident', a.incident(f.incident), f),
    question_answered: questionAnswered,
    answers_dropped: answersDropped,
    incident_graded: incidentGraded,
    downgrade_proposed: (a, f) =>
        a.copy('incident', a.incident(f.incident), { proposed_grade: f.grade }),
    incident_regraded: incidentRegraded,
    response_planned: responsePlanned,
    scene_graded: (a, f) => a.copy('incident', a.incident(f.incident), { scene_grade: f.grade }),
    duplicate_linked: (a, f) => a.copy('incident', a.incident(f.incident), { first: f.first }),
    incident_closed: incidentClosed,
    incident_archived: (a, f) => incidentArchived(a, f.incident),
    note_added: noTrace,
    // Not a change of what a dispatcher decides on: changed_seq stays.
    recommended: (a, f) => a.copy('incident', a.store.edit('incident', f.incident), f),

    mass_casualty_proposed: (a, f) =>
        a.copy('incident', a.store.edit('incident', f.incident), { mass_proposed: true }),
    mass_casualty_declared: massCasualtyDeclared,
    casualties_distributed: (a, f) => a.copy('incident', a.store.edit('incident', f.incident), f),
    hospital_capacity_set: (a, f) =>
        a.copy('hospital', a.store.edit('hospital', f.hospital), {
            ...f,
            capacity_told: true,
            capacity_ms: a.record.now_ms,
        }),
    demand_set: (a, f) => a.copy('zone_name', a.store.edit('zone_name', f.zone), f),
    move_advised: moveAdvised,
    unit_moved: unitMoved,
    surge_changed: (a, f) => {
        a.define('surge', 1, f).since_ms = a.record.now_ms;
    },
    hospital_advised: (a, f) => a.copy('incident', a.store.edit('incident', f.incident), f),

    unit_reserved: unitReserved,
    unit_ordered: unitOrdered,
    override_explained: (a, f) =>
        a.copy('assignment', a.store.edit('assignment', f.assignment), { reason: f.reason }),
    step_reached: stepReached,
    step_corrected: stepCorrected,
    hospital_chosen: hospitalChosen,
    duty_set: (a, f) => {
        const unit = a.unit(f.unit);
        a.copy('unit', unit, f);
        if (!unit) return;
        unit.post = unit.move_to = 0;
        unit.duty_ms = a.record.now_ms;
    },
    unit_returned: (a, f) => a.copy('unit', a.unit(f.unit), { returned_ms: f.at_ms }),

    hospital_status_set: (a, f) => {
        a.define('hospital', f.hospital, f).status_ms = a.record.now_ms;
    },
    road_condition_set: (a, f) => {
        a.define('condition', f.condition, f);
        a.store.counted('last_condition', f.condition);
    },
    road_condition_cleared: (a, f) => a.store.remove('condition', f.condition),
    weights_activated: (a, f) => a.store.inForce('weights', f),
    cards_activated: (a, f) => a.store.inForce('cards', f),
    zones_activated: (a, f) => a.store.inForce('zones', f),

    message_sent: messageSent,
    message_delivered: (a, f) =>
        a.copy('message', a.store.edit('message', f.message), { delivered_ms: f.at_ms }),
    message_archived: (a, f) => a.store.remove('message', f.message),

    alert_raised: alertRaised,
    alert_acknowledged: (a, f) => alertMoved(a, f, 'acknowledged'),
    alert_taken: alertTaken,
    alert_shelved: (a, f) => alertMoved(a, f, 'shelved'),
    alert_unshelved: (a, f) => alertMoved(a, f, 'raised'),
    alert_cleared: (a, f) => alertMoved(a, f, 'cleared'),
    alert_updated: alertUpdated,
    alert_judged: (a, f) =>
        a.copy('alert', a.store.edit('alert', f.alert), { verdict: f.verdict }),
    alert_told: (a, f) => {
        a.copy('alert', a.store.edit('alert', f.alert), { told_ms: a.record.now_ms });
        a.store.counted('told_seq', f.told_seq);
    },
    alert_archived: (a, f) => a.store.remove('alert', f.alert),
    minute_passed: noTrace,
    warning_fitted: noTrace,

    terminal_lost: (a, f) => terminalMoved(a, f.terminal, true, f.at_ms),
    terminal_heard: (a, f) => terminalMoved(a, f.terminal, false, 0),

    vitals_recorded: (a, f) => {
        const assignment = a.store.edit('assignment', f.assignment);
        if (assignment) assignment.vitals++;
    },
    crew_signed_on: crewSignedOn,
    unit_checked: unitChecked,
    patient_expected: (a, f) =>
        a.copy('assignment', a.store.edit('assignment', f.assignment), {
            expected_ms: a.record.now_ms,
        }),
    handover_confirmed: (a, f) =>
        a.copy('assignment', a.store.edit('assignment', f.assignment), {
            handover_confirmed_ms: f.at_ms,
        }),
    step_checked: stepChecked,
    seat_sound_reported: (a, f) => {
        a.define('seat', f.seat, f).reported_ms = a.record.now_ms;
    },
    plan_started: planStarted,
    step_taken: (a, f) => stepMoved(a, f, 'taken'),
    step_finished: (a, f) => stepMoved(a, f, 'finished'),
    step_skipped: stepSkipped,
    plan_ended: (a, f) =>
        a.copy('plan_run', a.store.edit('plan_run', f.plan_run), {
            reason: f.reason,
            ended_ms: a.record.now_ms,
        }),
    plan_archived: (a, f) => a.store.remove('plan_run', f.plan_run),
    incident_forgotten: (a, f) => {
        a.copy('incident', a.store.edit('incident', f.incident), { words: '', complaint: '' });
        for (const id of f.call) a.copy('call', a.store.edit('call', id), { number: '' });
    },

    incident_scored: noTrace,

    signed_in: noTrace,
    signed_out: noTrace,
    command_denied: noTrace,
    record_opened: noTrace,
    exported: noTrace,
};
