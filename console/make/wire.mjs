// Writes src/wire.ts and src/words/vocabulary.ts from proto/*.proto and dispatch/core/*.def, so that
// the words of the page are the words of the server. `--check`: fails when they are not up to date.
//
// proto/ gives numbers and types; fact.def, object.def and command.def say which field is an id of
// what, which is personal, and which list is of words; enum.def and its sisters give the words.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const read = (...path) => readFileSync(join(root, ...path), 'utf8');
const def = (name, room = 'core') =>
    read('dispatch', room, name + '.def').replace(/\/\*[\s\S]*?\*\//g, '').replace(/\\\n/g, ' ');
const snake = (name) => name.replace(/[A-Z]/g, (c, at) => (at ? '_' : '') + c.toLowerCase());

// --- proto ---

const messages = new Map(); // name -> [{number, type, name, repeated, oneof}]
const enums = new Map(); // name -> [value name]
for (const file of ['enum', 'object', 'fact', 'command', 'stream']) {
    const text = read('proto', file + '.proto').replace(/\/\/.*$/gm, '');
    for (const [, name, body] of text.matchAll(/^enum (\w+) \{([\s\S]*?)^\}/gm))
        enums.set(name, [...body.matchAll(/(\w+) = \d+;/g)].map((m) => m[1]));
    for (const [, name, body] of text.matchAll(/^message (\w+) \{([\s\S]*?)\}(?=\s*(?:message|enum|$))/gm)) {
        const [plain, oneof = ''] = body.split(/oneof body \{/);
        const fields = (part, inOneof) =>
            [...part.matchAll(/(repeated )?(\w+) (\w+) = (\d+);/g)].map((m) => (
                { repeated: !!m[1], type: m[2], name: m[3], number: +m[4], oneof: inOneof }));
        messages.set(name, [...fields(plain, false), ...fields(oneof, true)]);
    }
}

// --- def ---

const quoted = '"((?:[^"\\\\]|\\\\.)*)"';
const vocabularies = new Map(); // name -> [{word, zh, en}]
for (const [, name, body] of def('enum').matchAll(/VOCABULARY\((\w+),([\s\S]*?)\)\s*(?=VOCABULARY|$)/g))
    vocabularies.set(name, [...(body + ')').matchAll(
        new RegExp(`WORD\\(\\w+,\\s*\\w+,\\s*(\\w+),\\s*${quoted},\\s*${quoted}\\)`, 'g'))]
        .map((m) => ({ word: m[1], zh: m[2], en: m[3] })));
vocabularies.set('refusal', [...def('refusal').matchAll(
    new RegExp(`REFUSAL\\(\\w+,\\s*(\\w+),\\s*${quoted},\\s*${quoted}\\)`, 'g'))]
    .map((m) => ({ word: m[1], zh: m[2], en: m[3] })));
vocabularies.set('mode', [
    { word: 'full', zh: '全功能', en: 'FULL' },
    { word: 'crow_flight', zh: '直线估时', en: 'CROW-FLIGHT ETA' },
    { word: 'advice_only', zh: '仅建议', en: 'ADVICE ONLY' },
    { word: 'manual', zh: '人工', en: 'MANUAL' }]);
const deadlines = [...def('deadline').matchAll(
    new RegExp(`DEADLINE\\(\\w+,\\s*(\\w+),\\s*(\\w+),\\s*(\\w+),\\s*${quoted},\\s*${quoted}\\)`, 'g'))]
    .map((m) => ({ word: m[1], object: m[2], level: m[3].toLowerCase(), zh: m[4], en: m[5] }));
const detectors = [['detector', 'warn'], ['alarm', 'core']].flatMap((table) => [...def(...table).matchAll(
    new RegExp(`(?:DETECTOR|ALARM)\\(\\w+,\\s*(\\w+),(?:\\s*\\w+,)?\\s*${quoted},\\s*${quoted}`, 'g'))]
    .map((m) => ({ word: m[1], zh: m[2], en: m[3] })));
const kinds = (table) => [...def('kind').matchAll(
    new RegExp(`^${table}\\(\\w+,\\s*${quoted},\\s*${quoted},\\s*${quoted}\\)`, 'gm'))]
    .map((m) => ({ word: m[1], zh: m[2], en: m[3] }));
const commands = [...def('command').matchAll(/COMMAND\(\w+,\s*(\w+),/g)].map((m) => m[1]);
vocabularies.set('command_kind', ['none', ...commands].map((word) => ({ word })));

const groups = new Map(); // PLACE_FIELDS -> its fields
for (const [, name, body] of def('fields').matchAll(/#define (\w+)\s+(.*)/g)) groups.set(name, body);
function semantics(body) {
    for (const [name, fields] of groups) body = body.replaceAll(name, fields);
    const found = new Map();
    for (const [, what, args] of body.matchAll(/\b([A-Z0-9]+_?(?:AS)?)\(([^)]*)\)/g)) {
        const list = args.split(',').map((s) => s.trim());
        const name = list[list.length - 1];
        if (what === 'ID' || what === 'ID_AS' || what === 'IDS') found.set(name, { id: list[0] });
        else if (what === 'ENUM' || what === 'WORDS') found.set(name, { words: list[0] });
        else if (what === 'PERSONAL') found.set(name, { personal: true });
        else if (what === 'MS') found.set(name, { ms: true });
    }
    return found;
}
const meanings = new Map(); // message name -> field name -> meaning
for (const file of ['fact', 'object', 'command'])
    for (const m of def(file).matchAll(
        /(?:FACT|OBJECT|COMMAND)\(\w+,\s*(\w+),([\s\S]*?)\)\s*(?=FACT\(|OBJECT\(|COMMAND\(|$)/g))
        meanings.set(m[1], semantics(m[2] + ')'));
const letters = Object.fromEntries(
    [...read('dispatch', 'core', 'types.h').matchAll(/X\((\w+), '([A-Z])'\)/g)].map((m) => [m[1], m[2]]));

for (const [name, values] of enums) {
    const words = vocabularies.get(snake(name));
    if (!words || words.length !== values.length)
        throw new Error(`proto enum ${name} and its table have ${values.length} and ${words?.length} words`);
}

// --- TypeScript ---

const scalar = { bool: 'boolean', string: 'string', bytes: 'Uint8Array' };
const numbers = ['uint32', 'uint64', 'int64', 'sint32', 'int32'];
function tsType(f) {
    const one = f.type === 'Object' ? 'Thing' : scalar[f.type] ?? (numbers.includes(f.type) ? 'number' : f.type);
    return one + (f.repeated ? '[]' : '');
}
const plain = ([name]) => !['Fact', 'Object', 'Command', 'ClientFrame', 'ServerFrame'].includes(name);

let out = `// Generated by make/wire.mjs from proto/ and dispatch/core/*.def; run \`npm run wire\` after they change.
`;
for (const [name] of enums) {
    const words = vocabularies.get(snake(name)).map((w) => `'${w.word}'`);
    out += `\nexport type ${name} =\n    | ${words.join('\n    | ')};\n`;
}
for (const [name, fields] of [...messages].filter(plain)) {
    out += `\nexport interface ${name} {\n`;
    for (const f of fields) out += `    ${f.name}: ${tsType(f)};\n`;
    out += '}\n';
}
// A message whose body is one of many: kind and body together are one type.
for (const [message, bodies, kind, type] of [
    ['Fact', 'FactBodies', 'FactKind', 'Fact'], ['Object', 'ObjectBodies', 'ObjectKind', 'Thing'],
    ['Command', 'CommandBodies', 'CommandName', 'Command'],
    ['ClientFrame', 'ClientBodies', 'ClientFrameKind', 'ClientFrame'],
    ['ServerFrame', 'ServerBodies', 'ServerFrameKind', 'ServerFrame']]) {
    const inside = messages.get(message).filter((f) => f.oneof);
    const beside = messages.get(message).filter((f) => !f.oneof && f.type !== 'bytes');
    out += `\nexport interface ${bodies} {\n${inside.map((f) => `    ${f.name}: ${f.type};\n`).join('')}}\n`;
    out += `export type ${kind} = keyof ${bodies};\n`;
    out += `export type ${type} = {\n    [K in ${kind}]: { kind: K; body: ${bodies}[K]`;
    out += `${beside.map((f) => `; ${f.name}: ${tsType(f)}`).join('')} };\n}[${kind}];\n`;
}
out += `
/** One field: its name, its number and type in proto/, and what the tables of the core know of it. */
export interface Field {
    readonly name: string;
    readonly number: number;
    readonly type: 'bool' | 'uint' | 'int' | 'sint' | 'string' | 'bytes' | 'enum' | 'message';
    readonly repeated?: true;
    /** The enum's or the message's name. */
    readonly of?: string;
    /** What it is the id of. */
    readonly id?: string;
    /** The vocabulary of its words, by name or by number. */
    readonly words?: string;
    readonly personal?: true;
    readonly ms?: true;
    readonly oneof?: true;
}

/** The words of each enum; a word's place is its value. */
export const enums: { readonly [name: string]: readonly string[] } = {
`;
for (const [name] of enums)
    out += `    ${name}: [${vocabularies.get(snake(name)).map((w) => `'${w.word}'`).join(', ')}],\n`;
out += `};

/** Letters of ids: U7 is unit 7. */
export const letters: { readonly [name: string]: string } = ${JSON.stringify(letters)};

/** Every message, field by field in the order of its number. */
export const messages: { readonly [name: string]: readonly Field[] } = {
`;
const basic = { uint32: 'uint', uint64: 'uint', int64: 'int', int32: 'int', sint32: 'sint',
    bool: 'bool', string: 'string', bytes: 'bytes' };
for (const [name, fields] of messages) {
    out += `    ${name}: [\n`;
    const known = meanings.get(snake(name)) ?? new Map();
    for (const f of fields) {
        const meaning = known.get(f.name) ?? {};
        const parts = [`name: '${f.name}'`, `number: ${f.number}`];
        if (basic[f.type]) parts.push(`type: '${basic[f.type]}'`);
        else parts.push(`type: '${enums.has(f.type) ? 'enum' : 'message'}'`, `of: '${f.type}'`);
        if (f.repeated) parts.push('repeated: true');
        if (meaning.id) parts.push(`id: '${meaning.id}'`);
        if (meaning.words) parts.push(`words: '${meaning.words}'`);
        if (meaning.personal) parts.push('personal: true');
        if (meaning.ms) parts.push('ms: true');
        if (f.oneof) parts.push('oneof: true');
        out += `        { ${parts.join(', ')} },\n`;
    }
    out += '    ],\n';
}
out += '};\n';

const tell = (w) => `{ word: '${w.word}', zh: ${JSON.stringify(w.zh)}, en: ${JSON.stringify(w.en)} }`;
let words = `// Generated by make/wire.mjs from dispatch/core/*.def; run \`npm run wire\` after they change.

export interface Word {
    readonly word: string;
    readonly zh: string;
    readonly en: string;
}

/** The closed vocabularies of enum.def and refusal.def; a word's place is its value. */
export const vocabulary = {
`;
for (const [name, list] of vocabularies)
    if (list[0].zh) words += `    ${name}: [\n${list.map((w) => `        ${tell(w)},\n`).join('')}    ],\n`;
words += `} as const satisfies Record<string, readonly Word[]>;

/** deadline.def: the alerts of the core itself; the place is the bit in \`alerted\`. */
export const deadlines: readonly (Word & { readonly object: string; readonly level: string })[] = [
${deadlines.map((d) => `    { word: '${d.word}', object: '${d.object}', level: '${d.level}', zh: ${JSON.stringify(d.zh)}, en: ${JSON.stringify(d.en)} },\n`).join('')}];

/** detector.def of early warning, alarm.def of the house: what else raises alerts. */
export const detectors: readonly Word[] = [
${detectors.map((d) => `    ${tell(d)},\n`).join('')}];

/** kind.def: the place is the bit in the mask. */
export const masks = {
`;
for (const [name, table] of [['zone_kind', 'ZONE_KIND'], ['capability', 'CAPABILITY'], ['hospital_kind', 'HOSPITAL_KIND']])
    words += `    ${name}: [\n${kinds(table).map((w) => `        ${tell(w)},\n`).join('')}    ],\n`;
words += '} as const satisfies Record<string, readonly Word[]>;\n';

let stale = 0;
for (const [path, text] of [['src/wire.ts', out], ['src/words/vocabulary.ts', words]]) {
    const file = join(here, '..', path);
    let was = '';
    try {
        was = readFileSync(file, 'utf8');
    } catch { /* the first time */ }
    if (was === text) continue;
    if (process.argv.includes('--check')) {
        console.error(`console/${path} is older than proto/ or dispatch/core/*.def: npm run wire`);
        stale = 1;
    } else writeFileSync(file, text);
}
process.exit(stale);
