// What moves on the map, of the centre, in the order in which it is drawn: pure functions of the store.
import type { Centre } from '../centre.svelte';
import { minutes } from '../time';
import { glyphs, statusOf, type Doing } from '../unit';
import type { Incident } from '../wire';
import { colour } from './colour';

export interface Place {
    readonly lat_e7: number;
    readonly lon_e7: number;
}

/** From a unit to the incident looked at. */
export interface Way {
    readonly from: Place;
    readonly to: Place;
    readonly eta: string;
    readonly first: boolean;
}

export interface UnitMark {
    readonly place: Place;
    readonly glyph: string;
    readonly colour: string;
    readonly stale: boolean;
    readonly label: string;
    /** Where it drives to, or undefined: it stands, or nobody knows. */
    readonly course_deg: number | undefined;
}

export interface IncidentMark {
    readonly incident: number;
    readonly place: Place;
    readonly grade: string;
    readonly colour: string;
    readonly selected: boolean;
}

export interface Marks {
    readonly ways: readonly Way[];
    readonly units: readonly UnitMark[];
    readonly incidents: readonly IncidentMark[];
}

/** An older fix looks old: the unit is no longer where it is drawn. */
const STALE_MS = 60000;
const UNKNOWN = 65535;
const MOVES_DKMH = 50;

const colourOf: { readonly [K in Doing]: string } = {
    available: 'available',
    reserved: 'ordered',
    ordered: 'ordered',
    en_route: 'en-route',
    at_scene: 'on-scene',
    with_patient: 'warn',
    at_hospital: 'warn',
    off: 'off',
};

function units(centre: Centre): UnitMark[] {
    return [...centre.positions.values()].flatMap((position) => {
        const unit = centre.find('unit', position.unit);
        if (!unit) return [];
        const { doing } = statusOf(unit, centre.find('assignment', unit.assignment));
        const age_ms = centre.now_ms - position.fix_ms;
        const stale = age_ms > STALE_MS;
        const moves = position.speed_dkmh !== UNKNOWN && position.speed_dkmh > MOVES_DKMH &&
            position.course_deg !== UNKNOWN;
        return [{
            place: position,
            glyph: glyphs[doing],
            colour: colour(colourOf[doing]),
            stale,
            label: stale ? `${unit.code} ?${minutes(age_ms / 1000)}` : unit.code,
            course_deg: moves ? position.course_deg : undefined,
        }];
    });
}

function incidents(centre: Centre, selected: number): IncidentMark[] {
    return centre
        .list('incident')
        .filter((incident) => incident.state === 'open' && incident.has_place)
        .map((incident) => ({
            incident: incident.incident,
            place: incident,
            grade: incident.grade ? String(incident.grade) : '?',
            colour: colour(`grade-${incident.grade || 4}`),
            selected: incident.incident === selected,
        }));
}

/** From the units offered, or already sent, to the incident looked at. */
function ways(centre: Centre, incident: Incident | undefined): Way[] {
    if (!incident?.has_place) return [];
    const sent = centre
        .list('assignment')
        .filter((a) => a.incident === incident.incident && a.ended_ms === 0)
        .map((a) => ({ unit: a.unit, eta: '', first: true }));
    const offered = incident.row_unit.map((unit, i) => ({
        unit,
        eta: minutes(incident.row_eta_s[i] ?? 0),
        first: i === 0 && sent.length === 0,
    }));
    return [...sent, ...offered].flatMap(({ unit, eta, first }) => {
        const from = centre.positions.get(unit);
        return from ? [{ from, to: incident, eta, first }] : [];
    });
}

export function marks(centre: Centre, incident: number): Marks {
    return {
        ways: ways(centre, centre.find('incident', incident)),
        units: units(centre),
        incidents: incidents(centre, incident),
    };
}
