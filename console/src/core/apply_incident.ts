// What facts of incidents change.
import { noAdvice, noOpinion } from './apply_advice';
import type { Applying, Change } from './applying';
import { enums, messages, type FactBodies, type Incident } from '../wire';

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

function gradedNow(a: Applying, incident: Incident): void {
    noOpinion(incident);
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

function offeredNow(a: Applying, incident: Incident): void {
    noOpinion(incident);
    incident.offered_seq = a.record.seq;
}

/** Not a change of what a dispatcher decides on: changed_seq stays. */
function recommended(a: Applying, f: FactBodies['recommended']): void {
    const incident = a.store.edit('incident', f.incident);
    if (!incident) return;
    a.copy('incident', incident, f);
    offeredNow(a, incident);
}

/** What a recommendation leaves on an incident, emptied. */
function nothingOffered(): object {
    const kept = new Set((messages.Incident ?? []).map((field) => field.name));
    const lists = (messages.Recommended ?? []).filter(
        (field) => field.repeated && kept.has(field.name),
    );
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
    offeredNow(a, incident);
    noAdvice(incident);
}

function incidentArchived(a: Applying, id: number): void {
    for (const assignment of [...a.store.all('assignment').values()])
        if (assignment.incident === id) a.store.remove('assignment', assignment.assignment);
    a.store.remove('incident', id);
}

export const incidentChange = {
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
    incident_forgotten: (a, f) => {
        a.copy('incident', a.store.edit('incident', f.incident), { words: '', complaint: '' });
        for (const id of f.call) a.copy('call', a.store.edit('call', id), { number: '' });
    },
    recommended,
} satisfies Partial<Change>;
