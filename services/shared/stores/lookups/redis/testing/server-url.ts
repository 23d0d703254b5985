export type ServerVariable = 'MUSTER_TEST_REDIS_URL' | 'MUSTER_TEST_REDIS_CLUSTER_URL';

/** @throws Error when the runner started no such server: a test that needs one must not pass without. */
export function serverUrl(variable: ServerVariable): string {
  // eslint-disable-next-line no-restricted-properties -- set by the runner's global set-up, no setting of the platform
  const url = process.env[variable];
  if (url === undefined || url === '')
    throw new Error(
      `${variable} is not set: run these tests by npm run test:engines, which starts the servers`,
    );
  return url;
}
