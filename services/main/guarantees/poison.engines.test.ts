import { setTimeout as sleep } from 'node:timers/promises';
import { CompressionCodecs, CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import type { EventRecord } from '../../shared/domain/records';
import { startTemporaryEngines, type LocalEngines } from '../../shared/local-engines/start-local-engines';
import { loadTopics } from '../../shared/stores/log/topics';
import { eventually } from '../../shared/testing/eventually';
import { EventLoad } from '../testing/event-load';
import { report } from '../testing/exactly-once-guarantee';
import { RunningPlatform } from '../testing/running-platform';

const PAUSE_MS = 60;
const TIMEOUT_MS = 300_000;

let engines: LocalEngines;
let platform: RunningPlatform;
let load: EventLoad;

beforeAll(async () => {
  engines = await startTemporaryEngines();
  platform = await RunningPlatform.start(engines.environment);
  load = await EventLoad.prepare(platform, PAUSE_MS);
}, TIMEOUT_MS);

afterAll(async () => {
  await platform?.stop();
  await platform?.dispose();
  await engines?.stop();
}, TIMEOUT_MS);

test(
  'records that are none of ours stop no topic: each is a dead letter with its reason, all others arrive',
  async () => {
    // What bidders' replicas follow is read by nobody here, and takes no record without a key.
    const topics = Object.keys(loadTopics()).filter((topic) => topic !== 'lookups');
    const half = '\ud83d';
    const version = { ...event('of-tomorrow', 'customer:shop:c1'), v: 2 };
    /** By reason. A topic without records of its own kind has them too. */
    const poison: [reason: string, value: Buffer | null][] = [
      ['invalid_utf8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
      ['invalid_json', null],
      ['invalid_json', Buffer.from('{"v":1,"type":"event"')],
      ['unknown_type', Buffer.from('{"v":1,"type":"from somebody else"}')],
      ['unknown_type', Buffer.from('[]')],
    ];
    const events: typeof poison = [
      ['unknown_version', Buffer.from(JSON.stringify(version))],
      ['invalid_identity', Buffer.from(JSON.stringify(event('nobody', `customer:shop:${half}`)))],
    ];
    const readable = [
      { ...event('half-a-character', 'customer:shop:c2'), category: half },
      event('without-key', 'customer:shop:c3'),
      event('in-snappy', 'customer:shop:c4'),
    ];
    for (const { id = '', identities } of readable) load.noteForeign(id, [...identities]);

    await load.during(async () => {
      const producer = new Kafka({
        brokers: (engines.environment['KAFKA_BROKERS'] ?? '').split(','),
        logLevel: logLevel.NOTHING,
      }).producer();
      await producer.connect();
      // Enough has been sent that somebody is a member, before and behind the poison.
      await sleep(5_000);
      for (const topic of topics) {
        const messages = [...poison, ...(topic === 'events' ? events : [])].map(([, value]) => ({ value }));
        await producer.send({ topic: `muster.${topic}`, messages });
      }
      const [first, second, third] = readable.map((record) => ({ value: JSON.stringify(record) }));
      await producer.send({ topic: 'muster.events', messages: [first!, second!] });
      CompressionCodecs[CompressionTypes.Snappy] = () => snappy;
      await producer.send({
        topic: 'muster.events',
        messages: [third!],
        compression: CompressionTypes.Snappy,
      });
      await producer.disconnect();
      await sleep(1_000);
    });
    load.unusable = poison.length + events.length;
    const seen = await load.verify();

    const letters = await eventually(async () => {
      const rows = await platform.sql<{ source: string; reason: string; times: number }>(
        'SELECT source, reason, toFloat64(count()) AS times FROM dead_letters GROUP BY source, reason',
      );
      expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(
        topics.length * poison.length + events.length,
      );
      return rows;
    });
    expect(new Set(letters.map(({ source }) => source))).toEqual(new Set(topics));
    const ofEvents = letters.filter(({ source }) => source === 'events');
    expect(Object.fromEntries(ofEvents.map(({ reason, times }) => [reason, times]))).toEqual({
      invalid_utf8: 1,
      invalid_json: 2,
      unknown_type: 2,
      unknown_version: 1,
      invalid_identity: 1,
    });
    const [kept] = await platform.sql<{ record: string }>(
      `SELECT record FROM dead_letters WHERE source = 'events' AND reason = 'unknown_version'`,
    );
    expect(JSON.parse(kept?.record ?? '')).toEqual(version);
    report('poison', seen);
  },
  TIMEOUT_MS,
);

function event(id: string, identity: string): EventRecord {
  const now = Date.now();
  return {
    v: 1,
    type: 'event',
    id,
    source: 'server',
    publisher: 'daily',
    identities: [identity],
    event: 'purchase',
    at: now,
    receivedAt: now,
    consent: CONSENT_DEFAULT_ALLOWED,
  };
}

/** As little of https://github.com/google/snappy/blob/main/format_description.txt as makes a valid block: literals. */
const snappy = {
  compress: ({ buffer }: { buffer: Buffer }): Promise<Buffer<ArrayBuffer>> => {
    const length: number[] = [];
    let rest = buffer.length;
    for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
    const pieces = [Uint8Array.from([...length, rest])];
    for (let at = 0; at < buffer.length; at += 60) {
      const literal = Uint8Array.from(buffer.subarray(at, at + 60));
      pieces.push(Uint8Array.of((literal.length - 1) << 2), literal);
    }
    return Promise.resolve(Buffer.concat(pieces));
  },
  decompress: (): Promise<Buffer<ArrayBuffer>> => Promise.reject(new Error('nothing is read here')),
};
