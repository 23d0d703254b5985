/** A TCP proxy for tests that does to connections what bad networks do. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Of what was asked, so much is kept to be looked at. */
const ASKED_BYTES_MAX = 16_384;

export interface Piece {
  from: 'client' | 'server';
  bytes: Buffer;
  /** The beginning of what the client has sent since the server last spoke, this piece included. */
  asked: string;
}

/**
 * Called for every piece before it goes on, of one direction of a connection one after the other; what it waits for, the
 * piece waits for. `cut` resets the client's side: the piece is never seen, what was sent to the server stays sent.
 */
export type Interceptor = (piece: Piece) => Promise<'pass' | 'cut'>;

interface Connection {
  client: Socket;
  upstream: Socket;
  asked: Buffer;
  isAnswered: boolean;
}

const PASS: Interceptor = () => Promise.resolve('pass');

export class FaultProxy {
  private readonly connections = new Set<Connection>();
  private intercept = PASS;

  private constructor(
    private readonly server: Server,
    private targetPort: number,
  ) {}

  /** Before a server of the loopback interface, which need not be there yet. */
  static async start(targetPort: number): Promise<FaultProxy> {
    // Each side ends by itself: half-closed connections are half-closed.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const proxy = new FaultProxy(server, targetPort);
    server.on('connection', (client) => proxy.accept(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.connections.size;
  }

  /** From now on, for all connections. Without one everything passes. */
  use(intercept: Interceptor = PASS): void {
    this.intercept = intercept;
  }

  /** New connections go to another server, as behind an address that follows a failover. */
  retarget(port: number): void {
    this.targetPort = port;
  }

  /** Resets both sides of a connection, by its place among the open ones. */
  reset(place: number): void {
    const connection = this.at(place);
    connection?.client.resetAndDestroy();
    connection?.upstream.resetAndDestroy();
  }

  /** Ends one direction; the other goes on as long as its peer likes. */
  halfClose(place: number, towards: 'client' | 'upstream'): void {
    this.at(place)?.[towards].end();
  }

  async close(): Promise<void> {
    for (const { client, upstream } of this.connections) {
      client.destroy();
      upstream.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private at(place: number): Connection | undefined {
    return [...this.connections][place % Math.max(1, this.connections.size)];
  }

  private accept(client: Socket): void {
    const upstream = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const connection: Connection = { client, upstream, asked: Buffer.alloc(0), isAnswered: false };
    this.connections.add(connection);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        if (client.destroyed && upstream.destroyed) this.connections.delete(connection);
      });
    }
    void this.forward(connection, 'client');
    void this.forward(connection, 'server');
  }

  /** What a side has sent is delivered although it has gone meanwhile, as a network does. */
  private async forward(connection: Connection, from: Piece['from']): Promise<void> {
    const { client, upstream } = connection;
    const [source, sink] = from === 'client' ? [client, upstream] : [upstream, client];
    try {
      for await (const bytes of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const asked = this.note(connection, from, bytes);
        if ((await this.intercept({ from, bytes, asked })) === 'cut') {
          client.resetAndDestroy();
          break;
        }
        if (sink.destroyed || sink.writableEnded) break;
        if (!sink.write(bytes)) await Promise.race([once(sink, 'drain'), once(sink, 'close')]);
      }
      sink.end();
    } catch (error) {
      // Resets are what this is about; the other side hears of them.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      sink.destroy();
    }
  }

  private note(connection: Connection, from: Piece['from'], bytes: Buffer): string {
    if (from === 'client') {
      const before = connection.isAnswered ? Buffer.alloc(0) : connection.asked;
      connection.asked = Buffer.concat([before, bytes]).subarray(0, ASKED_BYTES_MAX);
      connection.isAnswered = false;
    } else connection.isAnswered = true;
    return connection.asked.toString('latin1');
  }
}
