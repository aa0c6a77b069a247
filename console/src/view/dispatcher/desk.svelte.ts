// What a dispatcher has in hand: the incident and the call looked at, orders that can still be undone,
// overrides whose reason is still to be told, the last answers. Everything else is in the store.
import type { Centre } from '../../centre.svelte';
import { isOver } from '../../core/step';
import { either, say } from '../../language.svelte';
import { Sound, type SoundClass } from '../../sound';
import type { CommandBodies, CommandName, Fact, Incident, Reason, Reply } from '../../wire';

export interface Toast {
    readonly id: number;
    readonly text: string;
    readonly bad: boolean;
}

export interface Card {
    readonly code: string;
    readonly name: { readonly zh: string; readonly en: string };
    readonly advice?: { readonly zh: string; readonly en: string };
    readonly questions: readonly Question[];
    readonly rules: readonly Rule[];
}
export interface Question {
    readonly question: number;
    /** The answer that is a danger sign, or not_asked. */
    readonly red: string;
    /** Asked only where each of these was answered so. */
    readonly asked_if: readonly { readonly question: number; readonly answer: readonly string[] }[];
    readonly zh: string;
    readonly en: string;
}
export interface Rule {
    readonly determinant: string;
    readonly grade: number;
    readonly zh: string;
    readonly en: string;
}
export interface Plan {
    readonly code: string;
    readonly zh: string;
    readonly en: string;
    readonly steps?: readonly { readonly zh: string; readonly en: string }[];
}
export interface CardSet {
    readonly hash: string;
    readonly demonstration?: boolean;
    readonly cards: readonly Card[];
    readonly plans: readonly Plan[];
}

/** A unit on its way to `from` is wanted for `incident`. */
export interface Preemption {
    readonly incident: number;
    readonly unit: number;
    readonly seen_seq: number;
    readonly from: number;
}

/** Why not the one proposed: one key each. */
export const overrideReasons: readonly Reason[] = [
    'local_knowledge', 'better_unit', 'clinical', 'capability', 'road_blocked', 'other',
];

const TOAST_MS = 6000;

/** At a patient's side or at a hospital: free again later. */
const BUSY: ReadonlySet<string> = new Set(['at_scene', 'at_patient', 'left_scene', 'at_hospital', 'handed_over']);

export class Desk {
    incident = $state(0);
    call = $state(0);
    toasts = $state.raw<readonly Toast[]>([]);
    /** Assignments this seat ordered, newest last. */
    ordered = $state.raw<readonly number[]>([]);
    preemption = $state.raw<Preemption>();
    cards = $state.raw<CardSet>();
    soundOn = $state(false);
    readonly sound: Sound;
    #toast = 0;
    #heard_seq = 0;
    #reported: boolean | undefined;

    constructor(readonly centre: Centre) {
        this.sound = new Sound((isOn) => {
            this.soundOn = isOn;
            this.#reportSound();
        });
    }

    get user(): number {
        return this.centre.status.who?.user ?? 0;
    }

    select(incident: number): void {
        this.incident = incident;
        this.call = this.centre.store.find('incident', incident)?.call ?? 0;
    }

    /** A command whose answer is heard and seen. */
    async do<K extends CommandName>(kind: K, body: Partial<CommandBodies[K]>): Promise<Reply> {
        const reply = await this.centre.do(kind, body);
        const accepted = reply.refusal === 'none';
        this.sound.play(accepted ? 'accepted' : 'refused');
        if (!accepted) this.tell(say('reply.refused', { why: either(reply) }), true);
        return reply;
    }

    tell(text: string, bad = false): void {
        const toast = { id: ++this.#toast, text, bad };
        this.toasts = [...this.toasts.slice(-3), toast];
        setTimeout(() => (this.toasts = this.toasts.filter((t) => t !== toast)), TOAST_MS);
    }

    /** A free unit is ordered, a busy one is reserved next; one on its way elsewhere is asked about
     * first, with both incidents named. */
    async order(incident: number, unit: number, seen_seq: number): Promise<void> {
        const task = this.centre.store.find('assignment', this.centre.store.find('unit', unit)?.assignment ?? 0);
        if (!task) return this.#send('order_unit', { incident, unit, seen_seq });
        if (BUSY.has(task.step))
            return this.#send('reserve_unit', { incident, unit, seen_seq });
        this.preemption = { incident, unit, seen_seq, from: task.incident };
    }

    /** The answer to that question. */
    async preempt(yes: boolean): Promise<void> {
        const asked = this.preemption;
        this.preemption = undefined;
        if (!asked || !yes) return;
        const { incident, unit, seen_seq } = asked;
        await this.#send('divert_unit', { incident, unit, seen_seq, reason: 'more_urgent' });
    }

    async #send<K extends 'order_unit' | 'reserve_unit' | 'divert_unit'>(
        kind: K,
        body: Partial<CommandBodies[K]>,
    ): Promise<void> {
        const reply = await this.do(kind, body);
        if (reply.refusal === 'none') this.ordered = [...this.ordered.slice(-9), reply.made];
    }

    /** The newest of this seat's orders that no crew has acknowledged yet. */
    get undoable(): number {
        const open = this.ordered.filter((id) => {
            const step = this.centre.find('assignment', id)?.step;
            return step === 'reserved' || step === 'ordered' || step === 'delivered';
        });
        return open.at(-1) ?? 0;
    }

    undo(): void {
        const assignment = this.undoable;
        if (assignment) void this.do('cancel_assignment', { assignment, reason: 'undo' });
    }

    /** Ordered otherwise than recommended, and nobody has said why. */
    get unexplained(): number {
        return (
            this.ordered.findLast((id) => {
                const assignment = this.centre.find('assignment', id);
                return assignment?.override && assignment.reason === 'none' && !isOver(assignment.step);
            }) ?? 0
        );
    }

    /** The call that has rung longest. */
    get ringing(): number {
        let oldest = 0;
        for (const call of this.centre.all('call').values())
            if (call.state === 'ringing' && (!oldest || call.call < oldest)) oldest = call.call;
        return oldest;
    }

    async answer(call: number): Promise<void> {
        if (!call) return;
        const reply = await this.do('answer_call', { call });
        if (reply.refusal !== 'none') return;
        this.call = call;
        this.incident = this.centre.store.find('call', call)?.incident ?? 0;
    }

    ruleOf(incident: Incident): Rule | undefined {
        for (const card of this.cards?.cards ?? [])
            for (const rule of card.rules)
                if ([rule.determinant, `${card.code}.${rule.determinant}`].includes(incident.determinant)) return rule;
        return undefined;
    }

    async loadCards(): Promise<void> {
        const got = await this.centre.session
            .query<CardSet & { same?: boolean }>('cards', { words: this.cards?.hash ?? '' })
            .catch(() => undefined);
        if (got && !got.same) this.cards = got;
    }

    /** Sounds of what has happened since the last call. */
    listen(): void {
        const news = this.centre.store.told.after(this.#heard_seq);
        const first = this.#heard_seq === 0;
        this.#heard_seq = this.centre.store.seq;
        if (first) return;
        const sounds = new Set(news.map((told) => this.#soundOf(told.fact)).filter((s) => s !== undefined));
        for (const sound of sounds) this.sound.play(sound);
    }

    #soundOf(fact: Fact): SoundClass | undefined {
        switch (fact.kind) {
            case 'call_rang':
                return 'ringing';
            case 'callback_opened':
                return 'callback';
            case 'message_sent':
                return fact.body.to_desk ? 'message' : undefined;
            case 'alert_raised':
                return fact.body.level === 'none' ? undefined : fact.body.level;
            case 'step_reached':
                return fact.body.step === 'refused' ? 'orange' : undefined;
            default:
                return undefined;
        }
    }

    /** The centre knows which seats can ring. */
    #reportSound(): void {
        if (!this.centre.status.who?.seat || this.#reported === this.soundOn) return;
        this.#reported = this.soundOn;
        void this.centre.do('report_seat_sound', { sounds: this.soundOn });
    }
}
