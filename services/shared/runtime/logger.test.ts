import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

test('one JSON object a line, with keys and secrets blotted out', () => {
  const script = `
    const { createLogger } = require(${JSON.stringify(join(__dirname, 'logger.ts'))});
    const logger = createLogger({ level: 'info', name: 'test' });
    logger.debug('too fine');
    logger.info({ config: { adminToken: 'tok-en', secret: 'sec-ret' }, adminToken: 'tok-en' }, 'hello');
  `;
  const hook = join(__dirname, '../testing/ts-node-hook.cjs');
  const out = execFileSync(process.execPath, ['-r', hook, '-e', script], { encoding: 'utf8' });
  expect(out).not.toMatch(/tok-en|sec-ret/);
  const lines = out.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', name: 'test', msg: 'hello' });
});
