// Several windows of one seat look at the same incident: where one goes, the others follow.
import type { Desk } from './desk.svelte';

interface Said {
    readonly user: number;
    readonly incident: number;
    readonly call: number;
}

/** Until the returned function is called. `leads`: the window with all panes tells a new one. */
export function follow(desk: Desk, leads: boolean): () => void {
    const channel = new BroadcastChannel('mingdi-desk');
    let last = '';
    const stop = $effect.root(() => {
        $effect(() => {
            const said: Said = { user: desk.user, incident: desk.incident, call: desk.call };
            const text = JSON.stringify(said);
            if (text !== last && said.user) channel.postMessage(said);
            last = text;
        });
    });
    channel.onmessage = (event: MessageEvent<Said | 'where'>) => {
        if (event.data === 'where') {
            if (leads && last) channel.postMessage(JSON.parse(last));
        } else if (event.data.user === desk.user) {
            last = JSON.stringify(event.data);
            desk.incident = event.data.incident;
            desk.call = event.data.call;
        }
    };
    if (!leads) channel.postMessage('where');
    return () => {
        stop();
        channel.close();
    };
}
