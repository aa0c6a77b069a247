// What the map shows of the centre, as GeoJSON: pure functions of the store.
import type { Feature, FeatureCollection, Polygon, Position as LonLat } from 'geojson';
import type { Centre } from '../centre.svelte';
import { minutes } from '../time';
import { glyphs, statusOf, type Doing } from '../unit';
import type { Incident } from '../wire';
import { shading, type Coverage } from './coverage';
import type { SourceName } from './style';

export interface Look {
    readonly incident: number;
    readonly call: number;
    readonly coverage: Coverage | undefined;
    /** A circle looked at, of an alert. */
    readonly ring?: Place & { readonly radius_m: number };
}

/** An older fix looks old: the unit is no longer where it is drawn. */
const STALE_MS = 60000;
const UNKNOWN = 65535;
const M_PER_DEGREE = 111195;

interface Place {
    readonly lat_e7: number;
    readonly lon_e7: number;
}

const colours = new Map<string, string>();

/** A colour of style.css. */
function colour(name: string): string {
    const known = colours.get(name);
    if (known) return known;
    const read = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    colours.set(name, read);
    return read;
}

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

function at(place: Place): LonLat {
    return [place.lon_e7 / 1e7, place.lat_e7 / 1e7];
}

function point(place: Place, properties: { [name: string]: unknown }): Feature {
    return { type: 'Feature', geometry: { type: 'Point', coordinates: at(place) }, properties };
}

function collection(features: Feature[]): FeatureCollection {
    return { type: 'FeatureCollection', features };
}

function disc(place: Place, radius_m: number): Feature<Polygon> {
    const [lon = 0, lat = 0] = at(place);
    const ring: LonLat[] = [];
    for (let i = 0; i <= 48; i++) {
        const turn = (i / 48) * 2 * Math.PI;
        const north = (radius_m * Math.cos(turn)) / M_PER_DEGREE;
        const east = (radius_m * Math.sin(turn)) / (M_PER_DEGREE * Math.cos((lat * Math.PI) / 180));
        ring.push([lon + east, lat + north]);
    }
    return { type: 'Feature', geometry: { type: 'Polygon', coordinates: [ring] }, properties: {} };
}

function units(centre: Centre): Feature[] {
    return [...centre.positions.values()].flatMap((position) => {
        const unit = centre.find('unit', position.unit);
        if (!unit) return [];
        const { doing } = statusOf(unit, centre.find('assignment', unit.assignment));
        const age_ms = centre.now_ms - position.fix_ms;
        const stale = age_ms > STALE_MS;
        return [
            point(position, {
                unit: unit.unit,
                glyph: glyphs[doing],
                colour: colour(colourOf[doing]),
                strength: stale ? 0.45 : 1,
                label: stale ? `${unit.code} ?${minutes(age_ms / 1000)}` : unit.code,
                moves: position.speed_dkmh !== UNKNOWN && position.speed_dkmh > 50 &&
                    position.course_deg !== UNKNOWN,
                course: position.course_deg === UNKNOWN ? 0 : position.course_deg,
            }),
        ];
    });
}

function incidents(centre: Centre, look: Look): Feature[] {
    return centre
        .list('incident')
        .filter((incident) => incident.state === 'open' && incident.has_place)
        .map((incident) =>
            point(incident, {
                incident: incident.incident,
                grade: incident.grade ? String(incident.grade) : '?',
                colour: colour(`grade-${incident.grade || 4}`),
                selected: incident.incident === look.incident,
            }),
        );
}

function fixed(centre: Centre): Feature[] {
    return [
        ...centre
            .list('station')
            .map((s) => point(s, { station: s.station, glyph: '⌂', name: s.name, colour: colour('dim') })),
        ...centre.list('hospital').map((h) =>
            point(h, {
                glyph: 'H',
                name: h.name,
                colour: colour(h.status === 'divert' || h.status === 'closed' ? 'warn' : 'dim'),
            }),
        ),
    ];
}

/** From the units offered, or already sent, to the incident looked at. */
function ways(centre: Centre, incident: Incident | undefined): Feature[] {
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
        if (!from) return [];
        return [
            {
                type: 'Feature' as const,
                geometry: { type: 'LineString' as const, coordinates: [at(from), at(incident)] },
                properties: { eta, first },
            },
        ];
    });
}

function circle(centre: Centre, look: Look): Feature[] {
    const call = centre.find('call', look.call);
    const incident = centre.find('incident', look.incident);
    if (look.ring) return [disc(look.ring, look.ring.radius_m)];
    const place = call?.has_place ? call : incident?.has_place ? incident : undefined;
    return place && place.uncertainty_m > 0 ? [disc(place, place.uncertainty_m)] : [];
}

const same = new Map<SourceName, { text: string; was: FeatureCollection }>();

/** What has not changed is the very object that it was: it need not be sent to the map again. */
function steady(name: SourceName, features: Feature[]): FeatureCollection {
    const text = JSON.stringify(features);
    const known = same.get(name);
    if (known?.text === text) return known.was;
    const was = collection(features);
    same.set(name, { text, was });
    return was;
}

export function shapes(centre: Centre, look: Look): { [K in SourceName]: FeatureCollection } {
    return {
        units: collection(units(centre)),
        incidents: steady('incidents', incidents(centre, look)),
        fixed: steady('fixed', fixed(centre)),
        ways: steady('ways', ways(centre, centre.find('incident', look.incident))),
        circle: steady('circle', circle(centre, look)),
        cover: shading(look.coverage),
    };
}
