// What moves, on a canvas of its own over the map: a thousand units that move once a second cost their
// glyphs, and neither the ground under them nor where its labels find room is worked out again.
import type { Map as Chart } from 'maplibre-gl';
import { colour } from './colour';
import type { IncidentMark, Marks, Place, UnitMark, Way } from './marks';

interface Point {
    readonly x: number;
    readonly y: number;
}

const NOTHING: Marks = { ways: [], units: [], incidents: [] };
const LABELS_FROM_ZOOM = 10;
const GLYPH_PX = 17;
const LABEL_PX = 11;
/** Around a glyph, for its halo and its heading. */
const MARGIN_PX = 24;
const CELL_PX = 8;
const HALO = '#191b1f';
const STALE_STRENGTH = 0.45;

/** Room for labels: who comes first has it. */
class Room {
    readonly #taken = new Set<number>();

    take(left: number, top: number, width: number): boolean {
        const row = Math.floor(top / (2 * CELL_PX)) * 65536;
        const cells = [];
        for (let cell = Math.floor(left / CELL_PX); cell <= (left + width) / CELL_PX; cell++) cells.push(row + cell);
        if (cells.some((cell) => this.#taken.has(cell))) return false;
        for (const cell of cells) this.#taken.add(cell);
        return true;
    }
}

export class Overlay {
    readonly #canvas = document.createElement('canvas');
    readonly #pen = this.#canvas.getContext('2d') as CanvasRenderingContext2D;
    readonly #family = getComputedStyle(document.body).fontFamily;
    readonly #glyphs = new Map<string, HTMLCanvasElement>();
    #marks = NOTHING;
    #size = { width: 0, height: 0 };

    constructor(private readonly chart: Chart) {
        Object.assign(this.#canvas.style, { position: 'absolute', inset: '0', pointerEvents: 'none' });
        chart.getCanvasContainer().append(this.#canvas);
        chart.on('move', () => this.#draw());
        chart.on('resize', () => this.#fit());
        this.#fit();
    }

    show(marks: Marks): void {
        this.#marks = marks;
        this.#draw();
    }

    /** The incident drawn there, or 0. */
    incidentAt(point: Point): number {
        return this.#marks.incidents.findLast((mark) => {
            const { x, y } = this.#at(mark.place);
            return Math.hypot(x - point.x, y - point.y) <= this.#radius(mark) + 2;
        })?.incident ?? 0;
    }

    #at(place: Place): Point {
        return this.chart.project([place.lon_e7 / 1e7, place.lat_e7 / 1e7]);
    }

    /** As large as the map: asked only when that changes, for asking makes the page lay itself out. */
    #fit(): void {
        const { clientWidth: width, clientHeight: height } = this.chart.getContainer();
        const ratio = window.devicePixelRatio;
        this.#size = { width, height };
        this.#glyphs.clear();
        Object.assign(this.#canvas, { width: width * ratio, height: height * ratio });
        Object.assign(this.#canvas.style, { width: `${width}px`, height: `${height}px` });
        this.#pen.scale(ratio, ratio);
        this.#draw();
    }

    #draw(): void {
        const { width, height } = this.#size;
        const pen = this.#pen;
        pen.clearRect(0, 0, width, height);
        Object.assign(pen, { textAlign: 'center', textBaseline: 'middle', lineJoin: 'round' });
        const seen = (p: Point): boolean =>
            p.x > -MARGIN_PX && p.y > -MARGIN_PX && p.x < width + MARGIN_PX && p.y < height + MARGIN_PX;
        for (const way of this.#marks.ways) this.#way(way);
        const units = this.#marks.units.map((mark) => ({ mark, at: this.#at(mark.place) })).filter(({ at }) => seen(at));
        for (const { mark, at } of units) this.#unit(mark, at);
        if (this.chart.getZoom() >= LABELS_FROM_ZOOM) this.#labels(units);
        for (const mark of this.#marks.incidents) this.#incident(mark);
        for (const way of this.#marks.ways) this.#eta(way);
    }

    #text(words: string, { x, y }: Point, px: number, fill: string): void {
        const pen = this.#pen;
        pen.font = `${px}px ${this.#family}`;
        Object.assign(pen, { strokeStyle: HALO, lineWidth: 3, fillStyle: fill });
        pen.strokeText(words, x, y);
        pen.fillText(words, x, y);
    }

    /** Drawn once, then copied: there are few and they are many. */
    #glyph(mark: UnitMark): HTMLCanvasElement {
        const key = mark.glyph + mark.colour;
        const known = this.#glyphs.get(key);
        if (known) return known;
        const made = document.createElement('canvas');
        const size = 2 * GLYPH_PX * window.devicePixelRatio;
        Object.assign(made, { width: size, height: size });
        const pen = made.getContext('2d') as CanvasRenderingContext2D;
        pen.scale(window.devicePixelRatio, window.devicePixelRatio);
        pen.font = `${GLYPH_PX}px ${this.#family}`;
        Object.assign(pen, { textAlign: 'center', textBaseline: 'middle', lineJoin: 'round' });
        Object.assign(pen, { strokeStyle: HALO, lineWidth: 3, fillStyle: mark.colour });
        pen.strokeText(mark.glyph, GLYPH_PX, GLYPH_PX);
        pen.fillText(mark.glyph, GLYPH_PX, GLYPH_PX);
        this.#glyphs.set(key, made);
        return made;
    }

    #unit(mark: UnitMark, { x, y }: Point): void {
        const pen = this.#pen;
        pen.globalAlpha = mark.stale ? STALE_STRENGTH : 1;
        pen.drawImage(this.#glyph(mark), x - GLYPH_PX, y - GLYPH_PX, 2 * GLYPH_PX, 2 * GLYPH_PX);
        if (mark.course_deg !== undefined) this.#heading(mark, { x, y }, mark.course_deg);
        pen.globalAlpha = 1;
    }

    #heading(mark: UnitMark, { x, y }: Point, course_deg: number): void {
        const pen = this.#pen;
        pen.save();
        pen.translate(x, y);
        pen.rotate(((course_deg - this.chart.getBearing()) * Math.PI) / 180);
        Object.assign(pen, { strokeStyle: mark.colour, lineWidth: 2 });
        pen.beginPath();
        pen.moveTo(-5, -9);
        pen.lineTo(0, -14);
        pen.lineTo(5, -9);
        pen.stroke();
        pen.restore();
    }

    #labels(units: readonly { readonly mark: UnitMark; readonly at: Point }[]): void {
        const room = new Room();
        const pen = this.#pen;
        for (const { mark, at } of units) {
            pen.font = `${LABEL_PX}px ${this.#family}`;
            const width = pen.measureText(mark.label).width;
            if (!room.take(at.x - width / 2, at.y + GLYPH_PX, width)) continue;
            pen.globalAlpha = mark.stale ? STALE_STRENGTH : 1;
            this.#text(mark.label, { x: at.x, y: at.y + GLYPH_PX }, LABEL_PX, colour('text'));
        }
        pen.globalAlpha = 1;
    }

    #radius(mark: IncidentMark): number {
        const near = Math.min(Math.max((this.chart.getZoom() - 9) / 3, 0), 1);
        return (mark.selected ? 12 : 8) + 3 * near;
    }

    #incident(mark: IncidentMark): void {
        const pen = this.#pen;
        const at = this.#at(mark.place);
        pen.beginPath();
        pen.arc(at.x, at.y, this.#radius(mark), 0, 2 * Math.PI);
        Object.assign(pen, { fillStyle: HALO, strokeStyle: mark.colour, lineWidth: mark.selected ? 4 : 2 });
        pen.fill();
        pen.stroke();
        this.#text(mark.grade, at, 12, mark.colour);
    }

    #way(way: Way): void {
        const pen = this.#pen;
        const [from, to] = [this.#at(way.from), this.#at(way.to)];
        const width = way.first ? 2 : 1;
        Object.assign(pen, { strokeStyle: colour(way.first ? 'text' : 'dim'), lineWidth: width });
        pen.setLineDash([2 * width, 2 * width]);
        pen.beginPath();
        pen.moveTo(from.x, from.y);
        pen.lineTo(to.x, to.y);
        pen.stroke();
        pen.setLineDash([]);
    }

    #eta(way: Way): void {
        if (!way.eta) return;
        const [from, to] = [this.#at(way.from), this.#at(way.to)];
        this.#text(way.eta, { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }, 12, colour('text'));
    }
}
