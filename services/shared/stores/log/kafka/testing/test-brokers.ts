import { engineUrl } from '../../../../testing/engines/engine-url';

/** Where the engine tests find Kafka. */
export function testBrokers(): string[] {
  return engineUrl('KAFKA_BROKERS').split(',');
}
