import type { DocumentLookups } from '../lookups';
import type { NamespaceOptions } from './namespace-options';

/** A hash for each, `d:<name>`: `r` is the revision as text, `b` the body, so that polling never moves a body. */
export class RedisDocuments implements DocumentLookups {
  constructor(private readonly options: NamespaceOptions) {}

  async revision(name: string): Promise<number> {
    const key = this.options.keys.document(name);
    return Number((await this.options.connections.writes.hget(key, 'r')) ?? 0);
  }

  async get(name: string): Promise<{ revision: number; body: Buffer } | undefined> {
    const key = this.options.keys.document(name);
    const [revision, body] = await this.options.connections.writes.hmgetBuffer(key, 'r', 'b');
    if (revision === null || revision === undefined || body === null || body === undefined) return undefined;
    return { revision: Number(revision.toString()), body };
  }

  async put(name: string, revision: number, body: Buffer): Promise<boolean> {
    if (!Number.isSafeInteger(revision) || revision < 0) throw new RangeError(`${revision} is no revision`);
    const { connections, keys, replicas } = this.options;
    const isWritten = (await connections.writes.putDocument(keys.document(name), revision, body)) === 1;
    if (isWritten) await replicas.settle();
    return isWritten;
  }
}
