// What crews and hospitals share: the course of an order, readings of a patient, ways to a place.
import { isOver, stepNumber } from './core/step';
import { word } from './language.svelte';
import type { Told } from './told';
import { enums, type Assignment, type Command, type Step, type Vital } from './wire';
import { vocabulary } from './words/vocabulary';

/** What the one big button may say, in order. */
const COURSE: readonly Step[] = [
    'acknowledged',
    'departed',
    'at_scene',
    'at_patient',
    'left_scene',
    'at_hospital',
    'handed_over',
    'completed',
];

/** Steps that this tablet has pressed and the server has not answered yet, the latest. */
export function pressed(assignment: Assignment, waiting: readonly Command[]): Step {
    let step = assignment.step;
    for (const command of waiting)
        if (
            command.kind === 'report_step' &&
            command.body.assignment === assignment.assignment &&
            stepNumber(command.body.step) > stepNumber(step)
        )
            step = command.body.step;
    return step;
}

/** The next step of the course, or undefined at its end. */
export function nextStep(step: Step): Step | undefined {
    if (isOver(step)) return undefined;
    return COURSE.find((next) => stepNumber(next) > stepNumber(step));
}

interface Point {
    readonly step: Step;
    /** 0: not yet */
    readonly at_ms: number;
    readonly unsent: boolean;
}

/** The steps of the course with the time of each, as the centre has it or as it was pressed here. */
export function course(assignment: Assignment, waiting: readonly Command[]): Point[] {
    const times = assignment as unknown as { [name: string]: number };
    const pressed_ms = new Map(
        waiting.flatMap((command) =>
            command.kind === 'report_step' && command.body.assignment === assignment.assignment
                ? [[command.body.step, command.body.at_ms] as const]
                : [],
        ),
    );
    return (['ordered', ...COURSE] as Step[]).map((step) => {
        const known_ms = times[`${step}_ms`] ?? 0;
        const at_ms = known_ms || (pressed_ms.get(step) ?? 0);
        return { step, at_ms, unsent: at_ms !== known_ms };
    });
}

export interface Reading {
    readonly vital: Vital;
    readonly value: number;
}

export interface Readings {
    readonly at_ms: number;
    readonly readings: readonly Reading[];
}

const vitals: readonly string[] = enums.Vital ?? [];

/** "heart_rate=112 spo2=91" */
export function readingsOf(text: string): Reading[] {
    return text.split(' ').flatMap((part) => {
        const [vital = '', value = ''] = part.split('=');
        return vitals.includes(vital) && /^\d+$/.test(value)
            ? [{ vital: vital as Vital, value: Number(value) }]
            : [];
    });
}

export function readingsText(values: ReadonlyMap<Vital, number>): string {
    return [...values].map(([vital, value]) => `${vital}=${value}`).join(' ');
}

/** Those of an assignment that this page has been told, the newest first. */
export function readingsTold(told: readonly Told[], assignment: number): Readings[] {
    return told
        .flatMap(({ fact }) =>
            fact.kind === 'vitals_recorded' && fact.body.assignment === assignment
                ? [{ at_ms: fact.body.at_ms, readings: readingsOf(fact.body.vitals) }]
                : [],
        )
        .sort((a, b) => b.at_ms - a.at_ms);
}

/** Those that this tablet has entered and the server has not answered yet, the newest first. */
export function readingsPressed(assignment: Assignment, waiting: readonly Command[]): Readings[] {
    return waiting
        .flatMap((command) =>
            command.kind === 'record_vitals' && command.body.assignment === assignment.assignment
                ? [{ at_ms: command.body.at_ms, readings: readingsOf(command.body.vitals) }]
                : [],
        )
        .reverse();
}

/** Temperatures and glucose are kept in tenths. */
export const TENTHS: ReadonlySet<Vital> = new Set<Vital>(['temperature', 'glucose']);

/** Without the unit's tenths: people enter and read whole ones. */
export function vitalName(vital: Vital): string {
    return word('vital', vital).replace('0.1 ', '');
}

export function vitalShown({ vital, value }: Reading): string {
    return TENTHS.has(vital) ? (value / 10).toFixed(1) : String(value);
}

export const vitalList: readonly Vital[] = vocabulary.vital
    .map((row) => row.word as Vital)
    .filter((vital) => vital !== 'none');

/** Hands the way over to whatever the tablet navigates with (RFC 5870, WGS-84). */
export function geoLink(place: { lat_e7: number; lon_e7: number }, name: string): string {
    const at = `${(place.lat_e7 / 1e7).toFixed(6)},${(place.lon_e7 / 1e7).toFixed(6)}`;
    return `geo:${at}?q=${at}(${encodeURIComponent(name)})`;
}

/** Years, or months of an infant; '' when not told. */
export function ageShown(age_months: number, years: string, months: string): string {
    if (age_months === 0) return '';
    return age_months < 24 ? `${age_months} ${months}` : `${Math.floor(age_months / 12)} ${years}`;
}
