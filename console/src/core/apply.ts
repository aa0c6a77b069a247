// What each kind of fact changes, exactly as dispatch/core's apply*.c (test/stories.test.ts holds the
// two against each other). Calls, incidents, units have files of their own, named as there; here
// are the registry, alerts and messages, and the table of all.
//
// A role sees only some facts, so what a fact names may not be here: then it changes nothing.
// Start here: a new kind of fact is a row in one of the tables; the types ask for it.
import { adviceChange } from './apply_advice';
import { callChange } from './apply_call';
import { careChange } from './apply_care';
import { incidentChange } from './apply_incident';
import { planChange } from './apply_plan';
import { unitChange } from './apply_unit';
import { Applying, type Change } from './applying';
import type { Store } from '../store';
import {
    enums,
    type Alert,
    type AlertState,
    type Fact,
    type FactBodies,
    type Record,
} from '../wire';
import { deadlines } from '../words/vocabulary';

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

const registryChange = {
    station_defined: (a, f) => a.define('station', f.station, f),
    hospital_defined: (a, f) => a.define('hospital', f.hospital, f),
    unit_defined: (a, f) => {
        a.define('unit', f.unit, f);
        a.unit(f.unit);
    },
    terminal_defined: (a, f) => a.define('terminal', f.terminal, f),
    zone_defined: (a, f) => a.define('zone_name', f.zone, f),
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
    terminal_lost: (a, f) => terminalMoved(a, f.terminal, true, f.at_ms),
    terminal_heard: (a, f) => terminalMoved(a, f.terminal, false, 0),
} satisfies Partial<Change>;

const alertChange = {
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
    message_sent: messageSent,
    message_delivered: (a, f) =>
        a.copy('message', a.store.edit('message', f.message), { delivered_ms: f.at_ms }),
    message_archived: (a, f) => a.store.remove('message', f.message),
} satisfies Partial<Change>;

const noTrace = (): void => undefined;

const change: Change = {
    ...registryChange,
    ...callChange,
    ...incidentChange,
    ...unitChange,
    ...careChange,
    ...adviceChange,
    ...planChange,
    ...alertChange,
    booted: noTrace,
    note_added: noTrace,
    minute_passed: noTrace,
    warning_fitted: noTrace,
    incident_scored: noTrace,
    indicator_signalled: noTrace,
    period_closed: noTrace,
    card_reviewed: noTrace,
    signed_in: noTrace,
    signed_out: noTrace,
    command_denied: noTrace,
    record_opened: noTrace,
    exported: noTrace,
};

export function apply(store: Store, record: Record, fact: Fact): void {
    (change[fact.kind] as (a: Applying, f: Fact['body']) => void)(
        new Applying(store, record),
        fact.body,
    );
}
