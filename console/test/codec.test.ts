// Bytes and back; what is not understood is an error, never a guess.
import Pbf from 'pbf';
import { expect, test } from 'vitest';
import { decode, decodeServerFrame, empty, encode, encodeClientFrame, WireError } from '../src/codec';

test('a command survives the way there', () => {
    const bytes = encodeClientFrame({
        kind: 'command',
        body: {
            kind: 'order_unit',
            client: 2 ** 53 - 1,
            number: 7,
            body: { ...empty('OrderUnit'), incident: 3, unit: 9, seen_seq: 2 ** 40, reason: 'other' } as never,
        },
    });
    expect(decode('ClientFrame', bytes)).toEqual({
        kind: 'command',
        body: {
            kind: 'order_unit',
            client: 2 ** 53 - 1,
            number: 7,
            body: { ...empty('OrderUnit'), incident: 3, unit: 9, seen_seq: 2 ** 40, reason: 'other' },
        },
    });
});

test('lists, packed or not, and negative differences', () => {
    const positions = { ...empty('Positions'), unit: [1, 2], lat_e7: [390000000, -5], lon_e7: [-1, 2147483647] };
    expect(decode('Positions', encode('Positions', positions))).toEqual(positions);
    const pbf = new Pbf();
    pbf.writeVarintField(1, 5);
    pbf.writeVarintField(1, 6);
    expect(decode('Positions', pbf.finish()).unit).toEqual([5, 6]);
});

test('an unknown word, an unknown kind and half a frame are errors', () => {
    const word = new Pbf();
    word.writeVarintField(8, 200);
    expect(() => decode('Unit', word.finish())).toThrow(WireError);
    const kind = new Pbf();
    kind.writeBytesField(900, new Uint8Array([1]));
    expect(() => decode('Fact', kind.finish())).toThrow(/does not know/);
    expect(() => decodeServerFrame(new Uint8Array())).toThrow(WireError);
});

test('a field that is not known yet is passed over', () => {
    const pbf = new Pbf();
    pbf.writeStringField(9999, 'later');
    pbf.writeVarintField(2, 4);
    expect(decode('Welcome', pbf.finish())).toMatchObject({ role: 'hospital' });
});
