// The objects' messages: which kinds there are, what fields each has; the first is its id.
import type { Message } from '../codec';
import { messages, type ObjectKind } from '../wire';

type Field = NonNullable<(typeof messages)[string]>[number];

const messageOf = new Map(
    (messages.Object ?? []).flatMap((f) => (f.oneof ? [[f.name, f.of ?? ''] as const] : [])),
);

export const kinds = [...messageOf.keys()] as ObjectKind[];

export function messageName(kind: ObjectKind): string {
    return messageOf.get(kind) ?? '';
}

export function fieldsOf(kind: ObjectKind): readonly Field[] {
    return messages[messageName(kind)] ?? [];
}

export function idField(kind: ObjectKind): string {
    return fieldsOf(kind)[0]?.name ?? '';
}

export function idOf(kind: ObjectKind, body: Message): number {
    return body[idField(kind)] as number;
}
