import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { platformDocument } from '../../api/openapi/openapi';
import { apiRoutes } from '../../api/routes';
import type { Example } from '../../shared/runtime/openapi/example';
import { documentationOf, examplesFile } from '../documentation';
import { DocumentedPlatform, locatedOperations, type OpenApi } from '../testing/documented-platform';
import { ExampleRunner, withoutDefaults } from '../testing/example-runner';
import { NOT_PROVOKED, Provocations } from '../testing/provocations';
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
const documentation = documentationOf(DEFAULT_URLS);
const { examples } = documentation;
// Routes are described without their stores being asked.
const routes = apiRoutes({} as unknown as Parameters<typeof apiRoutes>[0]);
const documentNow = (): OpenApi =>
  JSON.parse(JSON.stringify(platformDocument(routes, documentationOf(DEFAULT_URLS)))) as OpenApi;
const operations = locatedOperations(documentNow());
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

const write = (file: string, value: unknown): void =>
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
const named = (list: readonly Example[]) =>
  list.map((example) => [example.operation, example.title, example] as const);

if (isRecording) {
  test('recording', async () => {
    const recorded: Example[] = [];
    for (const example of examples) recorded.push(await runner.record(example));
    write(examplesFile(), recorded.map(withoutDefaults));
    write(join(dirname(examplesFile()), 'openapi.json'), documentNow());
  });
} else {
  test.each(named(examples.slice(0, END)))('example: %s: %s', async (_operation, _title, example) =>
    runner.run(example),
  );

  describe('every documented status comes true, and no other one comes', () => {
    const provocations = (): Provocations => new Provocations({ platform: documented, runner, examples });

    test.each(operations.map((located) => [located.operation.operationId, located] as const))(
      '%s',
      async (id, located) => {
        const statuses = Object.keys(located.operation.responses).map(Number);
        const wanted = statuses.filter((status) => NOT_PROVOKED[status] === undefined);
        // Deletion itself comes at the end, when nothing needs the thing any more.
        const now = wanted.filter((status) => status !== 204 || located.method !== 'delete');
        for (const status of now) {
          if (documented.seen.get(id)?.has(status) !== true) await provocations().provoke(located, status);
        }
        expect([...(documented.seen.get(id) ?? [])]).toEqual(expect.arrayContaining(now));
      },
    );
  });

  test.each(named(examples.slice(END)))('example: %s: %s', async (_operation, _title, example) =>
    runner.run(example),
  );
}
