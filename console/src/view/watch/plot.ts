// A curve as uPlot draws it: what was observed, what was expected, the band round that, a target, what
// stands out. Positions along x are indexes; `ticks` says in words where they are.
// Start here: `plot(host, lines, size)`; what changes goes through `show`.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export type Values = readonly (number | null | undefined)[];

export interface Lines {
    readonly observed: Values;
    readonly mean?: Values;
    readonly low?: Values;
    readonly high?: Values;
    /** Indexes of points that stand out. */
    readonly marks?: readonly number[];
    /** Index where the future begins. */
    readonly now?: number | undefined;
    readonly target?: number | null | undefined;
    readonly ticks?: readonly { readonly at: number; readonly text: string }[];
    readonly format?: (value: number) => string;
    /** The scale's end, for shares. */
    readonly most?: number | undefined;
}

export interface Size {
    readonly width: number;
    readonly height: number;
}

export interface Plot {
    show(lines: Lines, size: Size): void;
    end(): void;
}

/** Room for figures at the left, for half a tick's text at the right, for ticks below: the slider of
 * Replay.svelte stands in line with the first two. */
const LEFT = 54;
const RIGHT = 18;
const BELOW = 22;
const LOW = 1;
const HIGH = 2;

const countOf = (of: Lines): number => Math.max(of.observed.length, of.mean?.length ?? 0, 2);

function topOf(of: Lines): number {
    if (of.most !== undefined) return of.most;
    const all = [...of.observed, ...(of.mean ?? []), ...(of.high ?? []), of.target];
    const most = Math.max(0, ...all.filter((v): v is number => typeof v === 'number'));
    return most > 0 ? most * 1.05 : 1;
}

function columns(of: Lines): uPlot.AlignedData {
    const x = Array.from({ length: countOf(of) }, (_, i) => i);
    const row = (values: Values): (number | null)[] => x.map((i) => values[i] ?? null);
    const target = x.map(() => of.target ?? null);
    return [x, row(of.low ?? []), row(of.high ?? []), row(of.mean ?? []), target, row(of.observed)];
}

function inks(host: Element): (name: string) => string {
    const style = getComputedStyle(host);
    return (name) => style.getPropertyValue(name).trim();
}

/** The line between what was and what will be, and the glyph of what stands out. */
function marks(u: uPlot, of: Lines, ink: (name: string) => string, font: string): void {
    const { ctx, bbox } = u;
    ctx.save();
    if (of.now !== undefined) {
        const x = Math.round(u.valToPos(of.now, 'x', true));
        ctx.strokeStyle = ink('--dim');
        ctx.setLineDash([2 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
    }
    ctx.fillStyle = ink('--warn');
    ctx.font = font;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    for (const i of of.marks ?? []) {
        const v = of.observed[i];
        if (typeof v === 'number') ctx.fillText('◆', u.valToPos(i, 'x', true), u.valToPos(v, 'y', true));
    }
    ctx.restore();
}

function axesOf(of: () => Lines, ink: (name: string) => string, font: string): uPlot.Axis[] {
    const common = { stroke: ink('--dim'), grid: { stroke: ink('--raised'), width: 1 }, ticks: { show: false }, font };
    const text = (at: number): string => of().ticks?.find((tick) => tick.at === at)?.text ?? '';
    return [
        { ...common, size: BELOW, gap: 7, splits: () => (of().ticks ?? []).map(({ at }) => at), values: (_, at) => at.map(text) },
        {
            ...common,
            size: LEFT,
            gap: 4,
            splits: () => [0, topOf(of()) / 2, topOf(of())],
            values: (_, at) => at.map((v) => (of().format ?? String)(v)),
        },
    ];
}

/** `axes`: without them only the lines are drawn, edge to edge. */
export function plot(host: HTMLElement, first: Lines, size: Size, axes: boolean): Plot {
    let lines = first;
    const of = (): Lines => lines;
    const ink = inks(host);
    const font = `11px ${getComputedStyle(host).fontFamily}`;
    const line = (name: string, width: number, dash?: number[]): uPlot.Series => ({
        stroke: ink(name),
        width,
        points: { show: false },
        ...(dash && { dash }),
    });
    const edge: uPlot.Series = { width: 0, points: { show: false } };
    const chart = new uPlot(
        {
            ...size,
            padding: axes ? [6, RIGHT, 0, 0] : [1, 0, 1, 0],
            legend: { show: false },
            cursor: { show: false },
            scales: {
                x: { time: false, range: () => [0, countOf(lines) - 1] },
                y: { range: () => [0, topOf(lines)] },
            },
            axes: axes ? axesOf(of, ink, font) : [{ show: false }, { show: false }],
            bands: [{ series: [HIGH, LOW], fill: `${ink('--selected')}8c` }],
            series: [
                {},
                edge,
                edge,
                line('--dim', 1, [4, 3]),
                line(axes ? '--good' : '--line', 1, [5, 3]),
                line(axes ? '--text' : '--dim', axes ? 1.6 : 1.2),
            ],
            hooks: { draw: [(u) => marks(u, lines, ink, font)] },
        },
        columns(first),
        host,
    );
    return {
        show(next, { width, height }) {
            lines = next;
            if (width !== chart.width || height !== chart.height) chart.setSize({ width, height });
            chart.setData(columns(next));
        },
        end: () => chart.destroy(),
    };
}
