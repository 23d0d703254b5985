import type { ChildProcess } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../../shared/runtime/logger';
import type { ToChild, ToSupervisor } from './messages';

export interface ConnectionHandoffOptions {
  host: string;
  port: number;
  logger: Logger;
  /** Connections that may wait while no worker takes any; further ones are cut. @default 4096 */
  waitingMax?: number;
}

/**
 * Listens in the supervisor and hands each connection to one of the workers in turn. The socket outlives
 * every worker: while none is up, connections wait instead of being refused. (node:cluster closes the
 * listening socket together with its last worker, and so refuses for as long as a lone worker restarts.)
 * A connection is passed once, not each request on it: exchanges keep theirs open.
 */
export class ConnectionHandoff {
  readonly #options: Required<ConnectionHandoffOptions>;
  readonly #server: Server;
  readonly #workers: ChildProcess[] = [];
  readonly #waiting: Socket[] = [];
  /** Sent but not yet acknowledged: they come back when the worker dies first. */
  readonly #sent = new Map<number, { socket: Socket; worker: ChildProcess }>();
  #turn = 0;
  #nextId = 1;

  constructor(options: ConnectionHandoffOptions) {
    this.#options = { waitingMax: 4_096, ...options };
    // Paused: no byte may be read here, the worker reads them all.
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  async listen(): Promise<void> {
    const { host, port, logger } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#server.on('error', (error) => logger.error({ err: error }, 'listening socket'));
  }

  /** Messages of a worker, see `ToSupervisor`. */
  onMessage(message: ToSupervisor, worker: ChildProcess): void {
    if (message.type === 'accepting') {
      if (!this.#workers.includes(worker)) this.#workers.push(worker);
      this.#serveWaiting();
    } else if (message.type === 'draining') {
      this.#remove(worker);
    } else if (message.type === 'taken') {
      // Closes our copy of the descriptor only; the connection lives on in the worker.
      this.#sent.get(message.id)?.socket.destroy();
      this.#sent.delete(message.id);
    }
  }

  /** The worker is gone: what it never acknowledged goes to another. */
  onExit(worker: ChildProcess): void {
    this.#remove(worker);
    for (const [id, sent] of this.#sent) {
      if (sent.worker !== worker) continue;
      this.#sent.delete(id);
      this.#waiting.push(sent.socket);
    }
    this.#serveWaiting();
  }

  /** Listens no more and cuts what still waits. */
  close(): void {
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #accept(socket: Socket): void {
    // A client that gives up while it waits is no fault of ours.
    socket.on('error', () => socket.destroy());
    if (this.#workers.length === 0 && this.#waiting.length >= this.#options.waitingMax) {
      this.#options.logger.warn(
        { waiting: this.#waiting.length },
        'too many waiting connections, cutting one',
      );
      socket.destroy();
      return;
    }
    this.#waiting.push(socket);
    this.#serveWaiting();
  }

  #serveWaiting(): void {
    while (this.#workers.length > 0) {
      const socket = this.#waiting.shift();
      if (socket === undefined) return;
      const worker = this.#workers[this.#turn++ % this.#workers.length];
      if (worker !== undefined) this.#hand(socket, worker);
    }
  }

  #hand(socket: Socket, worker: ChildProcess): void {
    if (socket.destroyed) return;
    const id = this.#nextId++;
    this.#sent.set(id, { socket, worker });
    const message: ToChild = { type: 'connection', id };
    // Kept open until acknowledged, so that a worker that dies with the message unread loses nothing.
    worker.send(message, socket, { keepOpen: true }, (error) => {
      if (error !== null && this.#sent.delete(id)) {
        this.#remove(worker);
        this.#waiting.push(socket);
        this.#serveWaiting();
      }
    });
  }

  #remove(worker: ChildProcess): void {
    const index = this.#workers.indexOf(worker);
    if (index >= 0) this.#workers.splice(index, 1);
  }
}
