/** A network that can be cut for real: a TCP proxy before the server. Open connections die, new ones are refused until it is mended. */
import type { Socket, TCPSocketListener } from "bun";

interface Way {
  other: Socket<Way> | undefined;
  /** What came before the other side was there, or could take it. */
  waiting: Uint8Array[];
}

export class CuttableNetwork implements Disposable {
  target = 0;
  #isCut = false;
  readonly #open = new Set<Socket<Way>>();
  readonly #listener: TCPSocketListener<Way>;

  constructor() {
    const open = this.#open;
    const shared = {
      data: (socket: Socket<Way>, data: Uint8Array) => {
        const { other } = socket.data;
        if (other === undefined) socket.data.waiting.push(new Uint8Array(data));
        else pass(other, data);
      },
      drain: (socket: Socket<Way>) => {
        const backlog = backlogs.get(socket) ?? [];
        backlogs.delete(socket);
        for (const data of backlog) pass(socket, data);
      },
      close: (socket: Socket<Way>) => {
        open.delete(socket);
        socket.data.other?.end();
      },
      error: (socket: Socket<Way>) => void socket.terminate(),
    };
    this.#listener = Bun.listen<Way>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        ...shared,
        open: (socket) => {
          socket.data = { other: undefined, waiting: [] };
          if (this.#isCut) return void socket.terminate();
          open.add(socket);
          Bun.connect<Way>({
            hostname: "127.0.0.1",
            port: this.target,
            data: { other: socket, waiting: [] },
            socket: {
              ...shared,
              open: (upstream) => {
                open.add(upstream);
                for (const data of socket.data.waiting.splice(0)) pass(upstream, data);
                socket.data.other = upstream;
              },
            },
          }).catch(() => socket.terminate());
        },
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#open) socket.terminate();
    this.#open.clear();
  }

  mend(): void {
    this.#isCut = false;
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#listener.stop(true);
  }
}

const backlogs = new WeakMap<Socket<Way>, Uint8Array[]>();

function pass(to: Socket<Way>, data: Uint8Array): void {
  const backlog = backlogs.get(to);
  if (backlog !== undefined) return void backlog.push(new Uint8Array(data));
  const written = to.write(data);
  if (written < data.length) backlogs.set(to, [new Uint8Array(data.subarray(Math.max(0, written)))]);
}
