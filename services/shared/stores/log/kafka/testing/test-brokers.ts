/** Where the engine tests find Kafka. Throws when nobody has started one: a suite that cannot run must not pass. */
export function testBrokers(): string[] {
  // eslint-disable-next-line no-restricted-properties -- set by the runner of the engine tests, no setting of the platform
  const brokers = process.env.MUSTER_TEST_KAFKA_BROKERS;
  if (!brokers) throw new Error('MUSTER_TEST_KAFKA_BROKERS is not set: these tests need a running Kafka');
  return brokers.split(',');
}
