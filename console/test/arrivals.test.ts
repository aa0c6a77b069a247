// When somebody comes to a hospital: counted from where the unit was seen last, with the patient
// aboard, and told to be old when it is.
import { expect, test } from 'vitest';
import { expected, staleFor, type Arrival } from '../src/arrivals';
import { empty } from '../src/codec';
import type { Assignment } from '../src/wire';

const left = { ...empty('Assignment'), step: 'left_scene', left_scene_ms: 100000 } as unknown as Assignment;
const row: Arrival = { assignment: 1, eta_s: 300, eta_p90_s: 420, source: 'road', seen_ms: 130000 };

test('an arrival counts from the position and does not move while nothing is heard', () => {
    expect(expected(left, row)).toEqual({ at_ms: 430000, late_ms: 550000 });
});

test('a position from before it left counts from the leaving', () => {
    expect(expected(left, { ...row, seen_ms: 90000 })?.at_ms).toBe(400000);
});

test('no time is promised before the patient is aboard, without an answer, or without a road', () => {
    expect(expected({ ...left, step: 'at_patient' }, row)).toBeUndefined();
    expect(expected(left, undefined)).toBeUndefined();
    expect(expected(left, { ...row, source: 'none' })).toBeUndefined();
});

test('an old position is told, with its age', () => {
    expect(staleFor(row, row.seen_ms + 60000)).toBe(0);
    expect(staleFor(row, row.seen_ms + 185000)).toBe(185000);
    expect(staleFor(undefined, 0)).toBe(0);
});
