// Protobuf bytes to the types of wire.ts and back, by the tables generated from proto/. Enums are
// their words, a message with a body of many kinds is { kind, body, … }, what was left out is 0 or ''.
//
// A page older than the server may meet a word or a kind it does not know: that is a WireError, not
// a guess; the session then asks for a new page.
import Pbf from 'pbf';
import { enums, messages, type ClientFrame, type Field, type ServerFrame } from './wire';

export class WireError extends Error {}

type Value = boolean | number | string | Uint8Array | Message | Value[];
export interface Message {
    [name: string]: Value;
}

const byNumber = new Map<string, Map<number, Field>>();
const empties = new Map<string, (field: Field) => Value>([
    ['bool', () => false],
    ['string', () => ''],
    ['bytes', () => new Uint8Array()],
    ['enum', (field) => wordOf(field, 0)],
]);

function fieldsOf(message: string): readonly Field[] {
    const fields = messages[message];
    if (!fields) throw new WireError(`no message ${message}`);
    return fields;
}

function fieldAt(message: string, number: number): Field | undefined {
    let fields = byNumber.get(message);
    if (!fields) {
        fields = new Map(fieldsOf(message).map((field) => [field.number, field]));
        byNumber.set(message, fields);
    }
    return fields.get(number);
}

function wordOf(field: Field, value: number): string {
    const word = enums[field.of ?? '']?.[value];
    if (word === undefined) throw new WireError(`${field.name} has no word ${value}`);
    return word;
}

/** A message with nothing said in it. */
export function empty(message: string): Message {
    const made: Message = {};
    for (const field of fieldsOf(message)) {
        if (field.oneof || (field.type === 'message' && !field.repeated)) continue;
        made[field.name] = field.repeated ? [] : (empties.get(field.type)?.(field) ?? 0);
    }
    return made;
}

function readOne(field: Field, pbf: Pbf): Value {
    switch (field.type) {
        case 'bool':
            return pbf.readBoolean();
        case 'uint':
            return pbf.readVarint();
        case 'int':
            return pbf.readVarint(true);
        case 'sint':
            return pbf.readSVarint();
        case 'string':
            return pbf.readString();
        case 'bytes':
            return pbf.readBytes();
        case 'enum':
            return wordOf(field, pbf.readVarint());
        case 'message':
            return readMessage(field.of ?? '', pbf, pbf.readVarint() + pbf.pos);
    }
}

const packable = new Set(['bool', 'uint', 'int', 'sint', 'enum']);

function readList(field: Field, pbf: Pbf, wireType: number, list: Value[]): void {
    if (wireType !== 2 || !packable.has(field.type)) {
        list.push(readOne(field, pbf));
        return;
    }
    const end = pbf.readVarint() + pbf.pos;
    while (pbf.pos < end) list.push(readOne(field, pbf));
}

function readMessage(message: string, pbf: Pbf, end: number): Message {
    const made = empty(message);
    while (pbf.pos < end) {
        const key = pbf.readVarint();
        const field = fieldAt(message, key >> 3);
        if (!field) {
            if (message === 'Fact' || message === 'Object')
                throw new WireError(`${message} of a kind ${key >> 3} that this page does not know`);
            pbf.skip(key);
        } else if (field.oneof) {
            made.kind = field.name;
            made.body = readOne(field, pbf);
        } else if (field.repeated) {
            readList(field, pbf, key & 7, made[field.name] as Value[]);
        } else {
            made[field.name] = readOne(field, pbf);
        }
    }
    return made;
}

function writeOne(field: Field, value: Value, pbf: Pbf): void {
    switch (field.type) {
        case 'bool':
            pbf.writeBooleanField(field.number, value as boolean);
            break;
        case 'uint':
        case 'int':
            pbf.writeVarintField(field.number, value as number);
            break;
        case 'sint':
            pbf.writeSVarintField(field.number, value as number);
            break;
        case 'string':
            pbf.writeStringField(field.number, value as string);
            break;
        case 'bytes':
            pbf.writeBytesField(field.number, value as Uint8Array);
            break;
        case 'enum': {
            const at = enums[field.of ?? '']?.indexOf(value as string) ?? -1;
            if (at < 0) throw new WireError(`${field.name} has no word "${String(value)}"`);
            pbf.writeVarintField(field.number, at);
            break;
        }
        case 'message':
            pbf.writeMessage(
                field.number,
                (body: Message, inner: Pbf) => writeMessage(field.of ?? '', body, inner),
                value as Message,
            );
            break;
    }
}

function writeList(field: Field, list: Value[], pbf: Pbf): void {
    if (field.type === 'uint' && list.length) pbf.writePackedVarint(field.number, list as number[]);
    else if (field.type === 'sint' && list.length) pbf.writePackedSVarint(field.number, list as number[]);
    else for (const value of list) writeOne(field, value, pbf);
}

function isEmpty(field: Field, value: Value | undefined): boolean {
    if (value === undefined) return true;
    if (field.type === 'enum') return value === enums[field.of ?? '']?.[0];
    return value === 0 || value === '' || value === false;
}

function writeMessage(message: string, value: Message, pbf: Pbf): void {
    for (const field of fieldsOf(message)) {
        if (field.oneof) {
            if (value.kind === field.name) writeOne(field, value.body ?? {}, pbf);
        } else if (field.repeated) {
            writeList(field, (value[field.name] ?? []) as Value[], pbf);
        } else if (!isEmpty(field, value[field.name])) {
            writeOne(field, value[field.name] as Value, pbf);
        }
    }
}

export function decode(message: string, bytes: Uint8Array): Message {
    const pbf = new Pbf(bytes);
    try {
        return readMessage(message, pbf, pbf.length);
    } catch (error) {
        throw error instanceof WireError ? error : new WireError(String(error));
    }
}

export function encode(message: string, value: Message): Uint8Array {
    const pbf = new Pbf();
    writeMessage(message, value, pbf);
    return pbf.finish();
}

export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
    const frame = decode('ServerFrame', bytes);
    if (!frame.kind) throw new WireError('a frame of a kind that this page does not know');
    return frame as unknown as ServerFrame;
}

export function encodeClientFrame(frame: ClientFrame): Uint8Array {
    return encode('ClientFrame', frame as unknown as Message);
}
