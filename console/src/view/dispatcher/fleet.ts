// The rows of the unit board: a row is the very object that it was until its unit or its task
// changes, so that a fact draws one row again and not a thousand.
import { byDoing, statusOf, type Status } from '../../unit';
import type { Assignment, Unit } from '../../wire';

export interface UnitRow {
    readonly unit: Unit;
    readonly task: Assignment | undefined;
    readonly status: Status;
}

const codes = new Intl.Collator('zh');

function byRow(a: UnitRow, b: UnitRow): number {
    return byDoing(a.status.doing, b.status.doing) || codes.compare(a.unit.code, b.unit.code);
}

export class Fleet {
    #rows = new Map<number, UnitRow>();

    /** Those somebody waits for first, then by code; sorting what is nearly in order is quick. */
    rows(units: ReadonlyMap<number, Unit>, tasks: ReadonlyMap<number, Assignment>): readonly UnitRow[] {
        const known = [...this.#rows.keys()].flatMap((id) => units.get(id) ?? []);
        const fresh = [...units.values()].filter(({ unit }) => !this.#rows.has(unit));
        const rows = [...known, ...fresh].map((unit) => this.#row(unit, tasks.get(unit.assignment))).sort(byRow);
        this.#rows = new Map(rows.map((row) => [row.unit.unit, row]));
        return rows;
    }

    #row(unit: Unit, task: Assignment | undefined): UnitRow {
        const was = this.#rows.get(unit.unit);
        return was && was.unit === unit && was.task === task ? was : { unit, task, status: statusOf(unit, task) };
    }
}

/** What was, where nothing differs. */
export function unlessSame<T>(was: ReadonlySet<T>, now: ReadonlySet<T>): ReadonlySet<T> {
    return was.size === now.size && [...now].every((one) => was.has(one)) ? was : now;
}
