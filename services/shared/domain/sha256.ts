import { createHash } from 'node:crypto';

/** SHA-256 of the text's UTF-8, lower-case hex: how keys are stored, addresses are hashed and files are told apart. */
export function sha256Hex(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
