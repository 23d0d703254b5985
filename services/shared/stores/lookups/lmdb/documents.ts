import type { DocumentLookups } from '../lookups';
import { readUint48, writeUint48 } from '../packing';
import type { Bytes, Writes } from './environment';

const REVISION_BYTES = 6;

/** Revisions are kept beside the bodies, so that polling one never touches a body of megabytes. */
export class LmdbDocuments implements DocumentLookups {
  constructor(
    private readonly revisions: Bytes<string>,
    private readonly bodies: Bytes<string>,
    private readonly writes: Writes,
  ) {}

  revision(name: string): number {
    const bytes = this.revisions.getBinaryFast(name);
    return bytes === undefined ? 0 : readUint48(bytes, 0);
  }

  get(name: string): { revision: number; body: Buffer } | undefined {
    const bytes = this.bodies.getBinary(name);
    if (bytes === undefined) return undefined;
    return { revision: readUint48(bytes, 0), body: bytes.subarray(REVISION_BYTES) };
  }

  put(name: string, revision: number, body: Buffer): Promise<boolean> {
    const bytes = Buffer.allocUnsafe(REVISION_BYTES + body.length);
    writeUint48(bytes, 0, revision);
    body.copy(bytes, REVISION_BYTES);
    return this.writes.run(
      () => {
        if (revision <= this.revision(name)) return false;
        void this.revisions.put(name, bytes.subarray(0, REVISION_BYTES));
        void this.bodies.put(name, bytes);
        return true;
      },
      { durable: true },
    );
  }
}
