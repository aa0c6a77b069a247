// What stands on the map and seldom changes, of the centre, as GeoJSON: pure functions of the store.
// What moves is in marks.ts.
import type { Feature, FeatureCollection, Polygon, Position as LonLat } from 'geojson';
import type { Centre } from '../centre.svelte';
import { colour } from './colour';
import { shading, type Coverage } from './coverage';
import type { Place } from './marks';
import type { SourceName } from './style';

export interface Look {
    readonly incident: number;
    readonly call: number;
    readonly coverage: Coverage | undefined;
    /** A circle looked at, of an alert. */
    readonly ring?: Place & { readonly radius_m: number };
}

const M_PER_DEGREE = 111195;

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
        fixed: steady('fixed', fixed(centre)),
        circle: steady('circle', circle(centre, look)),
        cover: shading(look.coverage),
    };
}
