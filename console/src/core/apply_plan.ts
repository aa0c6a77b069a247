// What facts of plans that run change.
import type { Applying, Change } from './applying';
import { enums, type FactBodies, type PlanStep } from '../wire';

const planSteps: readonly string[] = enums.PlanStep ?? [];

function planStarted(a: Applying, f: FactBodies['plan_started']): void {
    const run = a.define('plan_run', f.plan_run, f);
    const none = f.step_due_s.map(() => 0);
    run.started_ms = a.record.now_ms;
    run.step_state = none.map(() => planSteps.indexOf('open'));
    run.step_reason = [...none];
    run.step_user = [...none];
    run.step_taken_ms = [...none];
    run.step_done_ms = [...none];
    a.store.counted('last_plan_run', f.plan_run);
}

function stepMoved(
    a: Applying,
    f: { plan_run: number; number: number; user: number },
    to: PlanStep,
): void {
    const run = a.store.edit('plan_run', f.plan_run);
    if (!run) return;
    const at = f.number - 1;
    run.step_state = run.step_state.with(at, planSteps.indexOf(to));
    run.step_user = run.step_user.with(at, f.user);
    if (to === 'taken') run.step_taken_ms = run.step_taken_ms.with(at, a.record.now_ms);
    else run.step_done_ms = run.step_done_ms.with(at, a.record.now_ms);
}

function stepSkipped(a: Applying, f: FactBodies['step_skipped']): void {
    stepMoved(a, f, 'skipped');
    const run = a.store.edit('plan_run', f.plan_run);
    const reasons: readonly string[] = enums.Reason ?? [];
    if (run) run.step_reason = run.step_reason.with(f.number - 1, reasons.indexOf(f.reason));
}

export const planChange = {
    plan_started: planStarted,
    step_taken: (a, f) => stepMoved(a, f, 'taken'),
    step_finished: (a, f) => stepMoved(a, f, 'finished'),
    step_skipped: stepSkipped,
    plan_ended: (a, f) =>
        a.copy('plan_run', a.store.edit('plan_run', f.plan_run), {
            reason: f.reason,
            ended_ms: a.record.now_ms,
        }),
    plan_archived: (a, f) => a.store.remove('plan_run', f.plan_run),
} satisfies Partial<Change>;
