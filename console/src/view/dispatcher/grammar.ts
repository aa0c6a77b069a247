// The command line: a verb, then what it is about, in any order and as people say it.
//
//   order U7 I3      派 大武口-07 I3      p dwk07        (the incident in hand when none is named)
//   note I3 门牌不清   message U7 走东门    close I3 treated
//
// Things are named by letter and number (U7, I3, A5, W2, H1, C4, K1), units and hospitals also by name
// or pinyin initials; names may have spaces. Closed words are those of the vocabularies in any of the
// three forms. Start here: a verb is a row in `verbs`.
import type { Store } from '../../store';
import { matches } from '../../initials';
import type { CommandName } from '../../wire';
import { vocabulary, type Word } from '../../words/vocabulary';

export type Slot = 'unit' | 'incident' | 'assignment' | 'alert' | 'hospital' | 'call' | 'task' | 'text' | 'minutes'
    | 'grade' | 'outcome' | 'reason' | 'step' | 'duty' | 'task_outcome' | 'verdict' | 'hospital_status' | 'first';

export interface Verb {
    readonly names: readonly string[];
    readonly command: CommandName;
    readonly slots: readonly Slot[];
    /** These may be left out. */
    readonly optional?: readonly Slot[];
}

export const verbs: readonly Verb[] = [
    { names: ['order', '派', '派车', 'p'], command: 'order_unit', slots: ['unit', 'incident'] },
    { names: ['answer', '接', '接听', 'j'], command: 'answer_call', slots: ['call'] },
    { names: ['take', '接管'], command: 'take_over_incident', slots: ['incident'] },
    { names: ['cancel', '撤销'], command: 'cancel_assignment', slots: ['assignment', 'reason'] },
    { names: ['note', '备注', 'n'], command: 'add_note', slots: ['incident', 'text'] },
    { names: ['close', '结案'], command: 'close_incident', slots: ['incident', 'outcome'] },
    { names: ['message', '消息', 'm'], command: 'send_message', slots: ['unit', 'text'] },
    { names: ['step', '状态'], command: 'report_step', slots: ['assignment', 'step'] },
    { names: ['duty', '值勤'], command: 'set_duty', slots: ['unit', 'duty', 'reason'], optional: ['reason'] },
    { names: ['hospital', '送'], command: 'redirect_unit', slots: ['assignment', 'hospital'] },
    { names: ['grade', '分级'], command: 'regrade_incident', slots: ['incident', 'grade', 'reason', 'text'],
        optional: ['text'] },
    { names: ['link', '重复'], command: 'link_duplicate', slots: ['incident', 'first'] },
    { names: ['ack', '确认'], command: 'acknowledge_alert', slots: ['alert'] },
    { names: ['own', '认领'], command: 'take_alert', slots: ['alert'] },
    { names: ['shelve', '搁置'], command: 'shelve_alert', slots: ['alert', 'minutes', 'reason'] },
    { names: ['clear', '解除'], command: 'clear_alert', slots: ['alert', 'verdict'] },
    { names: ['callback', '回拨'], command: 'finish_callback', slots: ['task', 'task_outcome'] },
    { names: ['divert', '改派'], command: 'divert_unit', slots: ['unit', 'incident', 'reason'] },
];

const letterOf: { readonly [S in Slot]?: string } = {
    unit: 'U', incident: 'I', assignment: 'A', alert: 'W', hospital: 'H', call: 'C', task: 'K', first: 'I',
};
const wordsOf: { readonly [S in Slot]?: readonly Word[] } = {
    outcome: vocabulary.outcome, reason: vocabulary.reason, step: vocabulary.step, duty: vocabulary.duty,
    task_outcome: vocabulary.task_outcome, verdict: vocabulary.verdict,
    hospital_status: vocabulary.hospital_status,
};
/** Under what name the command has it. */
const fieldOf: { readonly [S in Slot]?: string } = {
    text: 'words', task_outcome: 'outcome', minutes: 'until_ms', hospital_status: 'status',
};

export interface Context {
    readonly store: Store;
    /** The incident in hand. */
    readonly incident: number;
    readonly now_ms: number;
}

export interface Parsed {
    readonly verb: Verb | undefined;
    readonly body: { [field: string]: number | string };
    /** What is still to be said. */
    readonly missing: readonly Slot[];
    /** The word that nothing fits. */
    readonly stray: string;
}

/** Number of characters of `rest` that name a thing for the slot, and its value; longest first. */
function take(slot: Slot, rest: string, context: Context): { n: number; value: number | string } | undefined {
    const first = rest.split(/\s+/, 1)[0] ?? '';
    const letter = letterOf[slot];
    if (letter) {
        const id = new RegExp(`^${letter}(\\d+)$`, 'i').exec(first);
        if (id) return { n: first.length, value: Number(id[1]) };
    }
    if (slot === 'unit') return takeNamed(rest, [...context.store.all('unit').values()].map((u) => [u.unit, u.code]));
    if (slot === 'hospital')
        return takeNamed(rest, [...context.store.all('hospital').values()].map((h) => [h.hospital, h.name]));
    if (slot === 'grade' && /^[1-5]$/.test(first)) return { n: 1, value: Number(first) };
    if (slot === 'minutes' && /^\d+m?$/.test(first))
        return { n: first.length, value: context.now_ms + parseInt(first, 10) * 60000 };
    if (slot === 'text' && rest) return { n: rest.length, value: rest };
    const word = wordsOf[slot]?.find((w) => w.word !== 'none' && [w.word, w.zh, w.en].includes(first));
    return word && { n: first.length, value: word.word };
}

function takeNamed(rest: string, named: (readonly [number, string])[]): { n: number; value: number } | undefined {
    const whole = named.filter(([, name]) => rest.toLowerCase().startsWith(name.toLowerCase()));
    const longest = whole.sort((a, b) => b[1].length - a[1].length)[0];
    if (longest) return { n: longest[1].length, value: longest[0] };
    const first = rest.split(/\s+/, 1)[0] ?? '';
    const found = first.length > 1 ? named.filter(([, name]) => matches(name, first)) : [];
    const only = found.length === 1 ? found[0] : undefined;
    return only && { n: first.length, value: only[0] };
}

export function verbOf(line: string): Verb | undefined {
    const name = line.trim().split(/\s+/, 1)[0]?.toLowerCase() ?? '';
    return verbs.find((verb) => verb.names.includes(name));
}

export function parse(line: string, context: Context): Parsed {
    const verb = verbOf(line);
    if (!verb) return { verb, body: {}, missing: [], stray: line.trim() };
    let rest = line.trim().replace(/^\S+\s*/, '');
    let open = [...verb.slots];
    const body: Parsed['body'] = {};
    while (rest && open.length) {
        const found = open.map((slot) => ({ slot, got: take(slot, rest, context) })).find((f) => f.got);
        const unit = !found && open.includes('assignment') ? take('unit', rest, context) : undefined;
        if (!found?.got && !unit) break;
        const slot = found?.slot ?? 'assignment';
        const got = found?.got ?? unit;
        const task = unit ? context.store.find('unit', Number(unit.value))?.assignment : undefined;
        body[fieldOf[slot] ?? slot] = task ?? got?.value ?? 0;
        open = open.filter((s) => s !== slot);
        rest = rest.slice(got?.n ?? 0).trim();
    }
    if (open.includes('incident') && context.incident) {
        body.incident = context.incident;
        open = open.filter((slot) => slot !== 'incident');
    }
    open = open.filter((slot) => !verb.optional?.includes(slot));
    if (verb.command === 'order_unit' || verb.command === 'divert_unit') body.seen_seq = context.store.seq;
    if (verb.command === 'report_step') body.source = 'dispatcher';
    return { verb, body, missing: open, stray: rest };
}

/** What the last word might become. */
export function complete(line: string, context: Context, language: 'zh' | 'en'): string[] {
    const verb = verbOf(line);
    if (!verb || !/\s/.test(line)) {
        const begun = line.trim().toLowerCase();
        return verbs
            .filter((v) => v.names.some((name) => name.startsWith(begun)))
            .map((v) => v.names[language === 'zh' ? 1 : 0] ?? '');
    }
    const last = /\S*$/.exec(line)?.[0] ?? '';
    const before = parse(line.slice(0, line.length - last.length), context);
    return before.missing.concat(verb.optional ?? []).flatMap((slot) => candidates(slot, last, context)).slice(0, 8);
}

function candidates(slot: Slot, begun: string, context: Context): string[] {
    const store = context.store;
    const some = (names: string[]): string[] => names.filter((name) => matches(name, begun));
    switch (slot) {
        case 'unit':
            return some([...store.all('unit').values()].map((u) => u.code));
        case 'hospital':
            return some([...store.all('hospital').values()].map((h) => h.name));
        case 'incident':
        case 'first':
            return some([...store.all('incident').values()].filter((i) => i.state === 'open').map((i) => `I${i.incident}`));
        case 'alert':
            return some([...store.all('alert').values()].filter((w) => w.state !== 'cleared').map((w) => `W${w.alert}`));
        case 'call':
            return some([...store.all('call').values()].filter((c) => c.state === 'ringing').map((c) => `C${c.call}`));
        case 'task':
            return some([...store.all('task').values()].filter((k) => k.outcome === 'open').map((k) => `K${k.task}`));
        default:
            return (wordsOf[slot] ?? [])
                .filter((w) => w.word !== 'none' && (matches(w.zh, begun) || w.word.startsWith(begun)))
                .map((w) => w.word);
    }
}
