// What the server's reports carry (the functions report_… of deploy/sql say what each means).
// Times are ms since 1970, spans seconds.
import type { Reason } from '../../wire';

export const tileIds = [
    'calls',
    'waiting',
    'free',
    'covered',
    'answer',
    'dispatch',
    'turnout',
    'response',
    'hospital',
] as const;
export type TileId = (typeof tileIds)[number];
type Maybe = number | null;

export interface TileReport {
    readonly tile: TileId;
    readonly window_min: number;
    readonly limit_s: Maybe;
    readonly target: Maybe;
    readonly at_least: boolean;
    readonly edition: string;
    /** What is normal at this hour of the week. */
    readonly low: Maybe;
    readonly high: Maybe;
    /** Every hour of the last day, the newest last. */
    readonly series: readonly Maybe[] | null;
    readonly value: Maybe;
    readonly other: Maybe;
    readonly p50: Maybe;
    readonly n: number;
}

export interface TilesReport {
    readonly tiles: readonly TileReport[];
}

/** dispatch/server/outlook.h */
export interface Outlook {
    readonly from_ms: number;
    readonly now_ms: number;
    readonly phi: number;
    readonly observed: readonly Maybe[];
    readonly mean: readonly Maybe[];
    readonly low: readonly Maybe[];
    readonly high: readonly Maybe[];
}

export interface WeekReport {
    readonly weeks: number;
    /** The hour under way: what stands after it is a week old. */
    readonly now_slot: number;
    readonly observed: readonly number[];
    readonly expected: readonly Maybe[];
}

export interface Stage {
    readonly stage: string;
    readonly subject: 'call' | 'incident' | 'assignment';
    readonly name_zh: string;
    readonly name_en: string;
    readonly limit_s: Maybe;
    readonly target: Maybe;
    readonly entered: number;
    readonly reached: number;
    readonly lost: { readonly [why: string]: number };
    readonly n: number;
    readonly late: number;
    readonly negative: number;
    readonly p50: Maybe;
    readonly p90: Maybe;
}

export interface FunnelReport {
    readonly from_ms: number;
    readonly to_ms: number;
    readonly stages: readonly Stage[];
}

export interface StageRow {
    readonly subject: number;
    readonly incident: Maybe;
    readonly at_ms: number;
    readonly s: number;
    readonly late: boolean | null;
    readonly unit: Maybe;
    readonly station: Maybe;
    readonly seat: Maybe;
    readonly grade: Maybe;
}

export interface StageReport {
    readonly stage: string;
    readonly rows: readonly StageRow[];
}

export interface DaysReport {
    readonly first_ms: Maybe;
    readonly today_ms: number;
}

export const steps = ['day', 'week', 'month'] as const;
export type PeriodStep = (typeof steps)[number];
export const dimensions = ['all', 'grade', 'station', 'seat', 'unit', 'zone', 'township'] as const;
export type Dimension = (typeof dimensions)[number];

export interface Indicator {
    readonly id: string;
    readonly form: 'interval' | 'share' | 'count' | 'ratio';
    readonly name_zh: string;
    readonly name_en: string;
    readonly numerator_zh: string;
    readonly numerator_en: string;
    readonly denominator_zh: string;
    readonly denominator_en: string;
    readonly exclusions_zh: string;
    readonly exclusions_en: string;
    readonly limit_s: Maybe;
    readonly target: Maybe;
    readonly at_least: boolean;
    readonly edition: string;
}

export interface Limits {
    readonly centre: Maybe;
    readonly low: Maybe;
    readonly high: Maybe;
    /** Outside the limits. */
    readonly beyond: boolean;
    /** The last of a run on one side of the centre line. */
    readonly runs: boolean;
}

export interface QualityRow extends Limits {
    readonly indicator: string;
    readonly key: string;
    readonly from_ms: number;
    readonly n: number;
    readonly value: number;
    readonly mean: Maybe;
    readonly p50: Maybe;
    readonly before: Maybe;
    readonly met: boolean | null;
}

/** What is asked for and cannot be computed. */
export interface MissingIndicator {
    readonly name_zh: string;
    readonly name_en: string;
    readonly why_zh: string;
    readonly why_en: string;
    readonly source: string;
}

export interface QualityReport {
    readonly indicators: readonly Indicator[];
    readonly missing: readonly MissingIndicator[] | null;
    readonly rows: readonly QualityRow[];
}

export interface ChartPoint extends Limits {
    readonly from_ms: number;
    readonly n: number;
    readonly value: number;
}

export interface ChartReport {
    readonly indicator: string;
    readonly key: string;
    readonly step: PeriodStep;
    readonly by: Dimension;
    readonly points: readonly ChartPoint[];
}

export interface OverrideRow {
    readonly reason: Reason;
    readonly n: number;
    /** How many of them have both times, and their median drive beyond what was said. */
    readonly timed: number;
    readonly longer_s: Maybe;
}

export interface OverridesReport {
    readonly from_ms: number;
    readonly to_ms: number;
    /** All, with those that followed the recommendation. */
    readonly orders: number;
    readonly rows: readonly OverrideRow[];
}

export interface DetectorRow {
    readonly detector: string;
    readonly raised: number;
    readonly true_alert: number;
    readonly false_alert: number;
    readonly unknown: number;
    readonly resolved: number;
    readonly ppv: Maybe;
    readonly acknowledged_s: Maybe;
}

export type AuditWhy =
    | 'under_triage'
    | 'late_dispatch'
    | 'long_response'
    | 'card_skipped'
    | 'random_pick';

export interface AuditRow {
    readonly incident: number;
    readonly opened_ms: number;
    readonly grade: Maybe;
    readonly scene_grade: Maybe;
    readonly determinant: string;
    readonly card: string;
    readonly outcome: string;
    readonly seat: Maybe;
    readonly unit: Maybe;
    readonly dispatch_s: Maybe;
    readonly response_s: Maybe;
    readonly why: readonly AuditWhy[];
    readonly score: Maybe;
    readonly scored_ms: Maybe;
    readonly scored_by: Maybe;
}

export interface AuditReport {
    readonly from_ms: number;
    readonly to_ms: number;
    readonly rows: readonly AuditRow[];
}
