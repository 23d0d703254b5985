import { Socket } from 'node:net';
import type { ConnectionSource } from '../../shared/runtime/http-server';
import type { ToChild, ToSupervisor } from './messages';

/** The worker's side of `ConnectionHandoff`: takes the connections that the supervisor accepted. */
export class HandedConnections implements ConnectionSource {
  readonly port: number;
  #onConnection: ((socket: Socket) => void) | undefined;

  constructor({ port }: { port: number }) {
    this.port = port;
  }

  start(onConnection: (socket: Socket) => void): void {
    this.#onConnection = onConnection;
    process.on('message', this.#receive);
    this.#tell({ type: 'accepting' });
  }

  stop(): void {
    // What is under way in the pipe already is still taken; only no more is sent.
    this.#tell({ type: 'draining' });
  }

  #receive = (message: ToChild, socket: unknown): void => {
    if (message.type !== 'connection') return;
    // First of all, before a byte is read: after this the connection is lost if we die.
    this.#tell({ type: 'taken', id: message.id });
    // No socket: the client went away on the way here.
    if (socket instanceof Socket) this.#onConnection?.(socket);
  };

  #tell(message: ToSupervisor): void {
    if (process.connected) process.send?.(message);
  }
}
