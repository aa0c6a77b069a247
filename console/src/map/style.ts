// How the map looks: dark and quiet ground, colour only for units and incidents. Ground from the
// server's own tiles (layers roads, zones, places); labels are drawn with the machine's own fonts,
// so there is no glyph server. GeoJSON sources of this page: shapes.ts; what moves: overlay.ts.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';

/** What /api/map answers. */
export interface MapMeta {
    readonly tiles: boolean;
    readonly zoom_max: number;
    readonly version?: string;
    readonly attribution?: string;
    readonly synthetic?: boolean;
    readonly west?: number;
    readonly south?: number;
    readonly east?: number;
    readonly north?: number;
}

/** A zone's name; that it is a demonstration stands over the map once and for all. */
const zoneName = [
    'let',
    'at',
    ['index-of', '（演示数据', ['get', 'name']],
    ['case', ['>=', ['var', 'at'], 0], ['slice', ['get', 'name'], 0, ['var', 'at']], ['get', 'name']],
] as const;

const MAJOR = ['motorway', 'motorway_link', 'trunk', 'trunk_link', 'primary', 'primary_link'];

const ground: LayerSpecification[] = [
    {
        id: 'zones',
        type: 'line',
        source: 'ground',
        'source-layer': 'zones',
        paint: { 'line-color': '#3a4450', 'line-width': 1, 'line-dasharray': [4, 3] },
    },
    {
        id: 'roads',
        type: 'line',
        source: 'ground',
        'source-layer': 'roads',
        filter: ['!', ['in', ['get', 'class'], ['literal', MAJOR]]],
        layout: { 'line-cap': 'round' },
        paint: {
            'line-color': '#4b535e',
            'line-width': ['interpolate', ['linear'], ['zoom'], 9, 1, 14, 2.2, 17, 6],
        },
    },
    {
        id: 'roads-major',
        type: 'line',
        source: 'ground',
        'source-layer': 'roads',
        filter: ['in', ['get', 'class'], ['literal', MAJOR]],
        layout: { 'line-cap': 'round' },
        paint: {
            'line-color': '#6b7583',
            'line-width': ['interpolate', ['linear'], ['zoom'], 7, 1, 12, 2.6, 17, 9],
        },
    },
    {
        id: 'road-names',
        type: 'symbol',
        source: 'ground',
        'source-layer': 'roads',
        minzoom: 13,
        filter: ['!=', ['coalesce', ['get', 'name'], ''], ''],
        layout: { 'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-size': 11 },
        paint: { 'text-color': '#98a1ac', 'text-halo-color': '#191b1f', 'text-halo-width': 1.2 },
    },
    {
        id: 'zone-names',
        type: 'symbol',
        source: 'ground',
        'source-layer': 'zone_names',
        layout: { 'text-field': zoneName as unknown as ExpressionSpecification, 'text-size': 11 },
        paint: { 'text-color': '#7d8794', 'text-halo-color': '#191b1f', 'text-halo-width': 1 },
    },
    {
        id: 'places',
        type: 'symbol',
        source: 'ground',
        'source-layer': 'places',
        layout: { 'text-field': ['get', 'name'], 'text-size': 12 },
        paint: { 'text-color': '#b4bcc6', 'text-halo-color': '#191b1f', 'text-halo-width': 1.2 },
    },
];

const standing: LayerSpecification[] = [
    {
        id: 'cover',
        type: 'fill',
        source: 'cover',
        paint: {
            'fill-color': ['match', ['get', 'late'], 0, '#8fcf9b', '#e0a458'],
            'fill-opacity': ['match', ['get', 'late'], 0, 0.05, 1, 0.16, 0.32],
            'fill-antialias': false,
        },
    },
    {
        id: 'circle',
        type: 'fill',
        source: 'circle',
        paint: { 'fill-color': '#8ab6e8', 'fill-opacity': 0.15, 'fill-outline-color': '#8ab6e8' },
    },
    {
        id: 'fixed',
        type: 'symbol',
        source: 'fixed',
        layout: {
            'text-field': ['get', 'glyph'],
            'text-size': 13,
            'text-anchor': 'right',
            'text-offset': [-0.7, 0],
            'text-allow-overlap': true,
            'text-ignore-placement': true,
        },
        paint: {
            'text-color': ['get', 'colour'],
            'text-halo-color': '#191b1f',
            'text-halo-width': 1.5,
        },
    },
    {
        id: 'fixed-names',
        type: 'symbol',
        source: 'fixed',
        minzoom: 11,
        layout: {
            'text-field': ['get', 'name'],
            'text-size': 11,
            'text-anchor': 'top-right',
            'text-offset': [-0.7, 0.4],
        },
        paint: {
            'text-color': ['get', 'colour'],
            'text-halo-color': '#191b1f',
            'text-halo-width': 1.5,
        },
    },
];

export const sources = ['cover', 'circle', 'fixed'] as const;
export type SourceName = (typeof sources)[number];

const nothing = { type: 'FeatureCollection' as const, features: [] };

export function mapStyle(meta: MapMeta): StyleSpecification {
    return {
        version: 8,
        sources: {
            ...(meta.tiles && {
                ground: {
                    type: 'vector' as const,
                    tiles: [`${location.origin}/tiles/{z}/{x}/{y}.pbf?${meta.version ?? ''}`],
                    minzoom: 5,
                    maxzoom: Math.min(meta.zoom_max, 15),
                    attribution: meta.attribution ?? '',
                },
            }),
            ...Object.fromEntries(
                sources.map((name) => [name, { type: 'geojson' as const, data: nothing }]),
            ),
        },
        layers: [
            { id: 'background', type: 'background', paint: { 'background-color': '#1b1e22' } },
            ...(meta.tiles ? ground : []),
            ...standing,
        ],
    };
}
