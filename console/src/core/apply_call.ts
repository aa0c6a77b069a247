// What facts of calls and call-backs change.
import type { Applying, Change } from './applying';
import type { CallState } from '../wire';

function callMoved(a: Applying, id: number, state: CallState, at_ms: number): void {
    const call = a.store.edit('call', id);
    if (!call) return;
    call.state = state;
    if (state === 'answered') call.answered_ms = at_ms;
    else call.ended_ms = at_ms;
}

function callArchived(a: Applying, id: number): void {
    for (const task of [...a.store.all('task').values()])
        if (task.call === id) a.store.remove('task', task.task);
    a.store.remove('call', id);
}

export const callChange = {
    call_rang: (a, f) => {
        const call = a.define('call', f.call, f);
        call.state = 'ringing';
        call.ringing_ms = f.at_ms;
        a.store.counted('last_call', f.call);
    },
    call_located: (a, f) => a.copy('call', a.store.edit('call', f.call), f),
    call_answered: (a, f) => {
        callMoved(a, f.call, 'answered', f.at_ms);
        a.copy('call', a.store.edit('call', f.call), { user: f.user, seat: f.seat });
    },
    call_ended: (a, f) => callMoved(a, f.call, 'ended', f.at_ms),
    call_abandoned: (a, f) => callMoved(a, f.call, 'abandoned', f.at_ms),
    call_fell_silent: (a, f) => callMoved(a, f.call, 'silent', f.at_ms),
    call_attached: (a, f) => a.copy('call', a.store.edit('call', f.call), { incident: f.incident }),
    call_archived: (a, f) => callArchived(a, f.call),
    callback_opened: (a, f) => {
        a.define('task', f.task, f).opened_ms = a.record.now_ms;
        a.store.counted('last_task', f.task);
    },
    callback_finished: (a, f) => {
        const task = a.store.edit('task', f.task);
        a.copy('task', task, { outcome: f.outcome, user: f.user, finished_ms: a.record.now_ms });
    },
} satisfies Partial<Change>;
