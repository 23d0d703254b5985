import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAdminToken, settleSecrets } from './secrets';

let dataDir: string;
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'muster-secrets-'))));
afterEach(() => rmSync(dataDir, { recursive: true }));
const mode = (name: string) => statSync(join(dataDir, name)).mode & 0o777;

test('what is absent is made once, kept for the owner only, and found again', () => {
  expect(readAdminToken(dataDir)).toBeUndefined();
  const made = settleSecrets({ dataDir });
  expect(made.adminToken).toMatch(/^[\w-]{43}$/);
  expect(made.secret).not.toBe(made.adminToken);
  expect(readdirSync(dataDir).sort()).toEqual(['admin-token', 'secret']);
  expect([mode('admin-token'), mode('secret')]).toEqual([0o600, 0o600]);
  expect(settleSecrets({ dataDir })).toEqual(made);
  expect(readAdminToken(dataDir)).toBe(made.adminToken);
});

test('what is given wins and is written nowhere', () => {
  const given = { adminToken: 'given by the operator', secret: 'given by the operator too' };
  expect(settleSecrets({ dataDir, ...given })).toEqual(given);
  expect(readdirSync(dataDir)).toEqual([]);
});

test('a kept key that others may read is closed to them', () => {
  settleSecrets({ dataDir });
  chmodSync(join(dataDir, 'secret'), 0o644);
  settleSecrets({ dataDir });
  expect(mode('secret')).toBe(0o600);
});

test('a file that holds no key is named, not replaced', () => {
  writeFileSync(join(dataDir, 'secret'), 'short\n');
  expect(() => settleSecrets({ dataDir })).toThrow(join(dataDir, 'secret'));
});
