import { Connections } from '../connections';
import { parseRedisUrl } from '../redis-url';

/** Removes what a test left, on every node. */
export async function deleteKeys({ url, keyPrefix }: { url: string; keyPrefix: string }): Promise<void> {
  const connections = await Connections.open(parseRedisUrl(url), { timeoutMs: 10_000, logger: undefined });
  for (const node of connections.masters()) {
    for await (const keys of node.scanStream({ match: `${keyPrefix}*`, count: 1_000 }) as AsyncIterable<
      string[]
    >) {
      await Promise.all(keys.map((key) => node.unlink(key)));
    }
  }
  await connections.close();
}
