import { writeFileSync } from 'node:fs';
import type { Example } from '../../shared/runtime/openapi/example';
import { documentationOf, examplesFile } from '../documentation';
import { DocumentedPlatform, type OpenApi } from '../testing/documented-platform';
import { ExampleRunner, withoutDefaults } from '../testing/example-runner';
import { RunningPlatform } from '../testing/running-platform';

jest.setTimeout(240_000);

/**
 * `npx jest documentation --globals '{"record":true}'` writes the answers of the examples anew, and the document
 * with them: look at the difference before it is committed.
 */
const isRecording = (globalThis as { record?: boolean }).record === true;

const URLS = { MUSTER_COLLECTOR_URL: 'https://collect.example', MUSTER_BIDDER_URL: 'https://bid.example' };
/** What the file `schemas/api/openapi.json` says, as without any variable. */
const DEFAULT_URLS = { collectorUrl: 'http://localhost:8081', bidderUrl: 'http://localhost:8082' };
const { examples } = documentationOf(DEFAULT_URLS);
/** Behind the first of these, things are archived one after the other. */
const END = examples.findIndex(({ operation }) => operation === 'deleteKeysId');

let platform: RunningPlatform;
let documented: DocumentedPlatform;
let runner: ExampleRunner;

beforeAll(async () => {
  platform = await RunningPlatform.start(URLS);
  const answer = await fetch(`${platform.api}/openapi.json`);
  documented = new DocumentedPlatform(platform, (await answer.json()) as OpenApi);
  runner = new ExampleRunner({ platform: documented, adminKey: platform.adminToken });
});
afterAll(async () => {
  await platform.stop();
  await platform.dispose();
});

const named = (list: readonly Example[]) =>
  list.map((example) => [example.operation, example.title, example] as const);

if (isRecording) {
  test('recording', async () => {
    const recorded: Example[] = [];
    for (const example of examples) recorded.push(await runner.record(example));
    writeFileSync(examplesFile(), `${JSON.stringify(recorded.map(withoutDefaults), null, 2)}\n`);
  });
} else {
  test.each(named(examples.slice(0, END)))('example: %s: %s', async (_operation, _title, example) =>
    runner.run(example),
  );

  test.each(named(examples.slice(END)))('example: %s: %s', async (_operation, _title, example) =>
    runner.run(example),
  );
}
