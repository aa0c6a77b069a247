// Every story of tests/story, folded here, gives the objects that the core has at its end.
// STORY_TAPES: the folder that run_story --tape wrote.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeServerFrame } from '../src/codec';
import { Store } from '../src/store';
import { enums } from '../src/wire';
import { objectsOf, untold } from './objects';

const folder = process.env.STORY_TAPES ?? '';

function* frames(bytes: Uint8Array): Generator<Uint8Array> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; ) {
        const n = view.getUint32(at);
        yield bytes.subarray(at + 4, at + 4 + n);
        at += 4 + n;
    }
}

function foldAll(path: string): Store {
    const store = new Store();
    for (const bytes of frames(readFileSync(path))) {
        const frame = decodeServerFrame(bytes);
        if (frame.kind !== 'facts') throw new Error(`a ${frame.kind} frame on the tape`);
        expect(frame.body.after_seq).toBe(store.seq);
        for (const record of frame.body.record) store.fold(record);
        expect(frame.body.upto_seq).toBe(store.seq);
    }
    return store;
}

function wanted(path: string): Map<string, unknown> {
    const found = new Map<string, unknown>();
    for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
        const [kind, body] = Object.entries(JSON.parse(line) as object)[0] as [string, object];
        if (!untold.has(kind)) found.set(kind + ' ' + String(Object.values(body)[0]), body);
    }
    return found;
}

const stories = folder ? readdirSync(folder).filter((name) => name.endsWith('.frames')) : [];

test('there are stories', () => {
    expect(folder, 'STORY_TAPES names no folder').not.toBe('');
    expect(stories.length).toBeGreaterThan(20);
    expect(enums.Step?.length).toBeGreaterThan(10);
});

test.each(stories)('%s', (name) => {
    const store = foldAll(join(folder, name));
    const objects = wanted(join(folder, name.replace('.frames', '.objects')));
    const got = objectsOf(store);
    expect([...got.keys()].sort()).toEqual([...objects.keys()].sort());
    for (const [key, body] of objects) expect({ [key]: got.get(key) }).toEqual({ [key]: body });
});
