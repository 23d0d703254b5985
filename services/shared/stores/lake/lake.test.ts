import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLake } from './open-lake';
import { describeLakeContract } from './testing/lake-contract';

const path = mkdtempSync(join(tmpdir(), 'muster-lake-'));
afterAll(() => rmSync(path, { recursive: true, force: true }));

describeLakeContract({ name: 'chDB', open: () => openLake({ path }) });
