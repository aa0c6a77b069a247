// The list under the hand: nothing moves while keys are used, nothing moves for little.
import { expect, test } from 'vitest';
import { empty } from '../src/codec';
import { HOLD_MS, moved, opinionOf, renew, settle, type Row } from '../src/view/dispatcher/ranking';
import type { Incident } from '../src/wire';

function incident(units: readonly (readonly [unit: number, eta_s: number])[]): Incident {
    const made = empty('Incident') as unknown as Incident;
    made.incident = 1;
    made.row_unit = units.map(([unit]) => unit);
    made.row_eta_s = units.map(([, eta_s]) => eta_s);
    made.slot_unit = [units[0]?.[0] ?? 0];
    return made;
}
const order = (rows: readonly Row[]): number[] => rows.map((row) => row.unit);

test('while keys are used the list is the one that was on screen', () => {
    const shown = renew(undefined, incident([[1, 60], [2, 90]]), 10, Infinity);
    expect(renew(shown, incident([[2, 30], [1, 60]]), 11, HOLD_MS - 1)).toBe(shown);
    expect(order(renew(shown, incident([[2, 30], [1, 60]]), 11, HOLD_MS).rows)).toEqual([2, 1]);
});

test('another incident is shown at once', () => {
    const shown = renew(undefined, incident([[1, 60]]), 10, Infinity);
    const other = { ...incident([[7, 60]]), incident: 2 };
    expect(renew(shown, other, 11, 0)).toMatchObject({ incident: 2, seq: 11 });
});

test('behind the first, rows change places only for more than twenty seconds', () => {
    const old = renew(undefined, incident([[1, 60], [2, 90], [3, 95]]), 10, Infinity).rows;
    const close = renew(undefined, incident([[1, 60], [3, 80], [2, 92]]), 11, Infinity).rows;
    const far = renew(undefined, incident([[1, 60], [3, 70], [2, 92]]), 11, Infinity).rows;
    expect(order(settle(old, close))).toEqual([1, 2, 3]);
    expect(settle(old, close)[1]?.eta_s).toBe(92);
    expect(order(settle(old, far))).toEqual([1, 3, 2]);
});

test('another first choice, or another unit, is shown', () => {
    const old = renew(undefined, incident([[1, 60], [2, 70]]), 10, Infinity).rows;
    expect(order(settle(old, renew(undefined, incident([[2, 58], [1, 60]]), 11, Infinity).rows))).toEqual([2, 1]);
    expect(order(settle(old, renew(undefined, incident([[1, 60], [4, 70]]), 11, Infinity).rows))).toEqual([1, 4]);
});

test('the mark goes by units and stops at the ends', () => {
    const rows = renew(undefined, incident([[1, 60], [2, 70], [3, 80]]), 10, Infinity).rows;
    expect(moved(rows, 1, 1)).toBe(2);
    expect(moved(rows, 3, 1)).toBe(3);
    expect(moved(rows, 1, -1)).toBe(1);
    expect(moved([], 1, 1)).toBe(0);
});

test('who is proposed stands in the list, however many are nearer', () => {
    const far = incident([[1, 10], [2, 20], [3, 30], [4, 40], [5, 50], [6, 60], [7, 70]]);
    far.slot_unit = [6];
    expect(order(renew(undefined, far, 10, Infinity).rows)).toEqual([1, 2, 3, 4, 6]);
});

test('a second opinion is told when it is for another unit than the first choice', () => {
    const given = {
        ...incident([[1, 60], [2, 72]]),
        opinion_for: 2,
        opinion_unit: [1, 2],
        opinion_here_s: [60, 72],
        opinion_next_s: [900, 860],
        opinion_error_s: [0, 9],
    };
    expect(opinionOf(given)).toEqual({ unit: 2, here_s: 12, next_s: -40, error_s: 9 });
    expect(opinionOf({ ...given, opinion_for: 1 })).toBeUndefined();
    expect(opinionOf(incident([[1, 60], [2, 72]]))).toBeUndefined();
});
