// Sounds, synthesised: one pattern a class of event, so that a dispatcher knows without looking what
// has happened. A browser is mute until somebody has touched the page; whoever shows `isOn` as a
// banner tells so.
// Start here: a new class is a row in `patterns`.

/** A tone: Hz, seconds, and a pause after it. */
type Tone = readonly [hz: number, length_s: number, pause_s: number];

const patterns = {
    ringing: [[880, 0.18, 0.06], [1175, 0.18, 0.5]],
    accepted: [[880, 0.06, 0]],
    refused: [[196, 0.18, 0.05], [165, 0.25, 0]],
    order: [[660, 0.15, 0.05], [660, 0.15, 0.05], [990, 0.35, 0]],
    message: [[1320, 0.08, 0.06], [1320, 0.08, 0]],
    step: [[523, 0.08, 0]],
    callback: [[440, 0.12, 0.08], [440, 0.12, 0.08], [440, 0.12, 0]],
    blue: [[587, 0.1, 0]],
    yellow: [[587, 0.12, 0.06], [698, 0.12, 0]],
    orange: [[698, 0.15, 0.05], [587, 0.15, 0.05], [698, 0.15, 0]],
    red: [[932, 0.2, 0.04], [622, 0.2, 0.04], [932, 0.2, 0.04], [622, 0.2, 0]],
    line_lost: [[330, 0.25, 0.05], [262, 0.4, 0]],
} as const satisfies { [name: string]: readonly Tone[] };

export type SoundClass = keyof typeof patterns;

export class Sound {
    #context: AudioContext | undefined;
    #quiet_until_s = 0;
    /** The last sounds asked for, newest last; for tests and for the page's own record. */
    readonly asked: SoundClass[] = [];

    /** `changed` hears whether this page can sound. */
    constructor(private readonly changed: (isOn: boolean) => void) {
        setInterval(() => this.changed(this.isOn), 60000);
    }

    get isOn(): boolean {
        return this.#context?.state === 'running';
    }

    /** To be called from a click or a key. */
    async unlock(): Promise<void> {
        if (!this.#context) {
            this.#context = new AudioContext();
            this.#context.onstatechange = () => this.changed(this.isOn);
        }
        await this.#context.resume();
        this.changed(this.isOn);
    }

    play(name: SoundClass): void {
        this.asked.push(name);
        if (this.asked.length > 100) this.asked.shift();
        const context = this.#context;
        if (!context || context.state !== 'running') return;
        let at_s = Math.max(context.currentTime, this.#quiet_until_s);
        if (at_s - context.currentTime > 3) return; // a flood is not played for minutes
        for (const [hz, length_s, pause_s] of patterns[name]) {
            tone(context, hz, at_s, length_s);
            at_s += length_s + pause_s;
        }
        this.#quiet_until_s = at_s + 0.08;
    }
}

function tone(context: AudioContext, hz: number, at_s: number, length_s: number): void {
    const oscillator = new OscillatorNode(context, { type: 'triangle', frequency: hz });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, at_s);
    gain.gain.linearRampToValueAtTime(0.3, at_s + 0.01);
    gain.gain.setValueAtTime(0.3, at_s + length_s - 0.02);
    gain.gain.linearRampToValueAtTime(0, at_s + length_s);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at_s);
    oscillator.stop(at_s + length_s);
}
