// What a tablet keeps through a tunnel and a reload: commands not yet answered, and when they were
// given. Written to the tablet's own storage because a crew's button must not be lost; dropped when
// the server has answered, all of it at signing out.
import { randomClient, type Outbox } from './session';
import type { Command } from './wire';

interface Kept {
    client: number;
    number: number;
    commands: Command[];
}

const KEY = 'outbox';

function read(): Kept {
    try {
        const kept = JSON.parse(localStorage.getItem(KEY) ?? '') as Kept;
        if (kept.client > 0 && Array.isArray(kept.commands)) return kept;
    } catch {
        // nothing kept, or nothing that can be read
    }
    return { client: randomClient(), number: 0, commands: [] };
}

export function keptOutbox(): Outbox {
    const kept = read();
    const write = (): void => localStorage.setItem(KEY, JSON.stringify(kept));
    return {
        next: () => ({ client: kept.client, number: ++kept.number }),
        put: (command) => {
            kept.commands.push(command);
            write();
        },
        drop: (number) => {
            kept.commands = kept.commands.filter((command) => command.number !== number);
            write();
        },
        all: () => kept.commands,
    };
}

export function forgetOutbox(): void {
    localStorage.removeItem(KEY);
}
