import { parseKafkaBrokers } from './kafka-address';

test.each([
  ['a:1,[::1]:2', { brokers: ['a:1', '[::1]:2'], ssl: false }],
  ['plaintext://a:1', { brokers: ['a:1'], ssl: false }],
  ['ssl://a:1,b:2', { brokers: ['a:1', 'b:2'], ssl: true }],
  [
    'sasl_ssl://me:p%40ss@a:1',
    { brokers: ['a:1'], ssl: true, sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'p@ss' } },
  ],
  [
    'sasl_plaintext+plain://me:pass@a:1',
    { brokers: ['a:1'], ssl: false, sasl: { mechanism: 'plain', username: 'me', password: 'pass' } },
  ],
  [
    'sasl_ssl+scram-sha-256://me:pass@a:1',
    { brokers: ['a:1'], ssl: true, sasl: { mechanism: 'scram-sha-256', username: 'me', password: 'pass' } },
  ],
])('%s', (text, expected) => {
  expect(parseKafkaBrokers(text.split(','))).toEqual(expected);
});

test.each(['sasl_ssl://a:1', 'ssl://me:pass@a:1', 'a:1,ssl://b:2', 'http://a:1', 'sasl_ssl://me@a:1'])(
  '%s is refused, and not repeated',
  (text) => {
    expect(() => parseKafkaBrokers(text.split(','))).toThrow(/^KAFKA_BROKERS/);
    expect(() => parseKafkaBrokers(text.split(','))).not.toThrow(/me|pass@/);
  },
);
