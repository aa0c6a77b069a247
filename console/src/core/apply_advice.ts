// What the server advises beyond the nearest unit: hospitals, many casualties, posts, surge.
import type { Applying, Change } from './applying';
import type { FactBodies, Incident } from '../wire';

function noShares(incident: Incident): void {
    incident.unplaced_red = incident.unplaced_yellow = incident.unplaced_green = 0;
    incident.share_hospital = [];
    incident.share_red = [];
    incident.share_yellow = [];
    incident.share_green = [];
    incident.share_drive_s = [];
    incident.share_why = [];
}

export function noAdvice(incident: Incident): void {
    incident.advised_need = 0;
    incident.advised_hospital = [];
    incident.advised_drive_s = [];
    incident.advised_source = [];
    incident.advised_wait_s = [];
    incident.advised_why = [];
    noShares(incident);
}

/** Another recommendation, or another grade: nothing is known of it yet. */
export function noOpinion(incident: Incident): void {
    incident.opinion_for = incident.opinion_futures = incident.opinion_horizon_s = 0;
    incident.opinion_unit = [];
    incident.opinion_here_s = [];
    incident.opinion_next_s = [];
    incident.opinion_error_s = [];
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

export const adviceChange = {
    hospital_advised: (a, f) => a.copy('incident', a.store.edit('incident', f.incident), f),
    opinion_given: (a, f) => a.copy('incident', a.store.edit('incident', f.incident), f),
    mass_casualty_proposed: (a, f) =>
        a.copy('incident', a.store.edit('incident', f.incident), { mass_proposed: true }),
    mass_casualty_declared: massCasualtyDeclared,
    hospital_capacity_set: (a, f) =>
        a.copy('hospital', a.store.edit('hospital', f.hospital), {
            ...f,
            capacity_told: true,
            capacity_ms: a.record.now_ms,
        }),
    casualties_distributed: (a, f) => a.copy('incident', a.store.edit('incident', f.incident), f),
    surge_changed: (a, f) => {
        a.define('surge', 1, f).since_ms = a.record.now_ms;
    },
    demand_set: (a, f) => a.copy('zone_name', a.store.edit('zone_name', f.zone), f),
    move_advised: moveAdvised,
    unit_moved: unitMoved,
} satisfies Partial<Change>;
