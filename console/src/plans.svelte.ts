// The plans (预案) as the server has them, read once a page, and what a run of one shows.
// Start here: `plansOf(centre).list`, `stepsOf(run)`.
import type { Centre } from './centre.svelte';
import type { PlanRun } from './wire';
import { enums } from './wire';

export interface Both {
    readonly zh: string;
    readonly en: string;
}

export interface Plan extends Both {
    readonly code: string;
    readonly edition: string;
    readonly approved_by: string;
    readonly people: readonly (Both & { readonly role: string })[];
    readonly steps: readonly (Both & { readonly role: string; readonly due_s: number })[];
    readonly resources: readonly Both[];
    readonly messages: readonly (Both & { readonly to: Both })[];
}

/** One step of a run. */
export interface RunStep {
    readonly number: number;
    readonly role: number;
    readonly state: string;
    readonly user: number;
    readonly due_ms: number;
    readonly done_ms: number;
    readonly reason: number;
}

class Plans {
    list = $state.raw<readonly Plan[]>([]);
    #asked = false;

    constructor(private readonly centre: Centre) {}

    /** Asks once the line is live; again after a refusal. */
    ask(): void {
        if (this.#asked || this.centre.status.line !== 'live') return;
        this.#asked = true;
        this.centre.session
            .query<Plan[]>('plans')
            .then((list) => (this.list = list))
            .catch(() => (this.#asked = false));
    }

    find(code: string): Plan | undefined {
        return this.list.find((plan) => plan.code === code);
    }
}

const known = new WeakMap<Centre, Plans>();

export function plansOf(centre: Centre): Plans {
    const plans = known.get(centre) ?? new Plans(centre);
    known.set(centre, plans);
    return plans;
}

const states: readonly string[] = enums.PlanStep ?? [];

export function stepsOf(run: PlanRun): RunStep[] {
    return run.step_due_s.map((due_s, i) => ({
        number: i + 1,
        role: run.step_role[i] ?? 0,
        state: states[run.step_state[i] ?? 0] ?? '',
        user: run.step_user[i] ?? 0,
        due_ms: run.started_ms + due_s * 1000,
        done_ms: run.step_done_ms[i] ?? 0,
        reason: run.step_reason[i] ?? 0,
    }));
}

export function isOpen(step: RunStep): boolean {
    return step.state === 'open' || step.state === 'taken';
}
