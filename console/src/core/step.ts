// The steps of an assignment, in their order.
import { enums, type Assignment, type Step } from '../wire';

export const steps: readonly string[] = enums.Step ?? [];

export function stepNumber(step: Step): number {
    return steps.indexOf(step);
}

/** Whether an assignment in this step has ended. */
export function isOver(step: Step): boolean {
    return stepNumber(step) >= stepNumber('completed');
}

/** Where an assignment keeps the time of this step. */
export function stepTime(step: Step): keyof Assignment {
    return `${step}_ms` as keyof Assignment;
}
