import { connect, createServer, type Socket } from 'node:net';

export interface CountingProxy {
  /** redis://127.0.0.1:<port> */
  url: string;
  /** How often a client spoke after the server had answered it, over all connections so far. */
  roundTrips(): number;
  close(): Promise<void>;
}

/** Stands before a Redis server and counts round trips, which the server itself cannot tell from commands. */
export async function startCountingProxy(url: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let roundTrips = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let isAnswered = true;
    client.on('data', () => {
      if (isAnswered) roundTrips++;
      isAnswered = false;
    });
    upstream.on('data', () => (isAnswered = true));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    roundTrips: () => roundTrips,
    async close() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
