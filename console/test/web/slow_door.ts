// A way to the server that can be made narrow: what the server sends stays in its sockets, as on a bad
// line, until the server has had enough of it.
import { connect, createServer, type Server, type Socket } from 'node:net';

const EVERY_MS = 250;

export class SlowDoor {
    readonly #sockets = new Set<Socket>();
    #server: Server | undefined;
    #bytes_per_s = Infinity;

    /** Listens at `at` and leads to `to`, both HOST:PORT. */
    static async open(at: string, to: string): Promise<SlowDoor> {
        const door = new SlowDoor();
        const [host = '', port = ''] = to.split(':');
        const server = createServer((near) => door.#join(near, connect(Number(port), host)));
        door.#server = server;
        const [own = '', number = ''] = at.split(':');
        await new Promise<void>((done) => server.listen(Number(number), own, done));
        return door;
    }

    /** Towards the page, of the lines that there are and those that come. */
    trickle(bytes_per_s: number): void {
        this.#bytes_per_s = bytes_per_s;
    }

    release(): void {
        this.#bytes_per_s = Infinity;
    }

    #join(near: Socket, far: Socket): void {
        near.pipe(far);
        far.on('data', (bytes: Buffer) => {
            far.pause();
            this.#pour(near, bytes, () => far.resume());
        });
        far.on('end', () => near.end());
        for (const socket of [near, far]) {
            this.#sockets.add(socket);
            socket.on('error', () => socket.destroy());
            socket.on('close', () => {
                this.#sockets.delete(socket);
                (socket === near ? far : near).destroy();
            });
        }
    }

    #pour(near: Socket, bytes: Buffer, done: () => void): void {
        if (near.destroyed) return;
        const now = this.#bytes_per_s === Infinity ? bytes.length : Math.ceil((this.#bytes_per_s * EVERY_MS) / 1000);
        const rest = bytes.subarray(now);
        near.write(bytes.subarray(0, now), () => {
            if (rest.length) setTimeout(() => this.#pour(near, rest, done), EVERY_MS);
            else done();
        });
    }

    close(): void {
        for (const socket of this.#sockets) socket.destroy();
        this.#server?.close();
    }
}
