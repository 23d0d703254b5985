import { newerVersionText, toCurrentVersion } from '../shared/domain/record-versions';
import type { DeadLetterRecord, Topic } from '../shared/domain/records';
import { RangeNotHeldError } from '../shared/stores/log/errors';
import type { AppendRecord, Log, LogEntry } from '../shared/stores/log/log';
import type { Lookups } from '../shared/stores/lookups/lookups';
import { recordBytes } from '../shared/stores/log/dead-letters';

/** Topics whose records ingest reads: from there a record can be set aside, and there it can go again. */
export const REPLAYABLE_TOPICS = [
  'events',
  'traits',
  'syncs',
  'privacy',
  'links',
  'bids',
  'notices',
] as const;

const PAGE = 1_000;
/** Claims of what was replayed: as long as dead letters are kept. */
const SPACE = 'replay';
const REMEMBERED_MS = 30 * 86_400_000;

export interface ReplayOptions {
  log: Pick<Log, 'append' | 'read' | 'positions'>;
  claims: Lookups['claims'];
  /** Only those with this reason. */
  reason?: string;
  /** Only those from this topic. */
  source?: string;
  /** Only those set aside from then on (epoch ms). */
  since?: number;
  /** Only those set aside before then (epoch ms). */
  until?: number;
  /** Also what was replayed before. */
  again?: boolean;
  /** Counts only. */
  dryRun?: boolean;
  now: () => number;
  onProgress?: (report: ReplayReport) => void;
}

export interface ReplayReport {
  /** Dead letters looked at. */
  seen: number;
  /** Those that the filters let through, by reason. */
  matched: Record<string, number>;
  replayed: number;
  /** Left alone because they were replayed before. */
  before: number;
  /** Records that are not whole any more, or of no known place. */
  lost: number;
}

interface Candidate {
  letter: DeadLetterRecord & { position: string; key: string };
  place: { partition: number; offset: number };
}

/**
 * Puts records that were set aside back into the topics they came from, once their cause is mended. Each only once
 * (unless `again`): what was replayed is remembered after it is durable, so a crash in between repeats at most a page.
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<ReplayReport> {
  const report: ReplayReport = { seen: 0, matched: {}, replayed: 0, before: 0, lost: 0 };
  for (const { partition, committed, end } of await options.log.positions('replay', ['dead-letters'])) {
    for (let from = committed; from < end;) {
      const entries = await options.log.read('dead-letters', partition, from, end, PAGE);
      if (entries.length === 0) break;
      from += entries.length;
      report.seen += entries.length;
      const candidates: Candidate[] = [];
      for (const entry of entries) {
        const letter = readLetter(entry);
        if (!isWanted(letter, options)) continue;
        report.matched[letter.reason] = (report.matched[letter.reason] ?? 0) + 1;
        const { position, key } = letter;
        if (position === undefined || key === undefined || !isReplayable(letter.source)) report.lost++;
        else
          candidates.push({
            letter: { ...letter, position, key },
            place: { partition, offset: entry.offset },
          });
      }
      await replayPage(options, candidates, report);
      options.onProgress?.(report);
    }
  }
  return report;
}

/** Throws for a letter of a newer release: what it says of its record could be overlooked. */
function readLetter({ value }: LogEntry): DeadLetterRecord {
  const current = toCurrentVersion(JSON.parse(value.toString('utf8')));
  if (!current.ok) throw new Error(newerVersionText(current));
  return current.record as DeadLetterRecord;
}

async function replayPage(
  options: ReplayOptions,
  candidates: readonly Candidate[],
  report: ReplayReport,
): Promise<void> {
  const { log, claims, again = false, dryRun = false } = options;
  const now = options.now();
  const keys = candidates.map(({ letter }) => letter.position);
  const known = await claims.has(SPACE, keys, now);
  const appends = new Map<Topic, AppendRecord[]>();
  const done: Candidate[] = [];
  for (const [i, candidate] of candidates.entries()) {
    if (known[i] && !again) {
      report.before++;
      continue;
    }
    const value = await wholeRecord(log, candidate.letter);
    if (value === undefined) {
      report.lost++;
      continue;
    }
    const topic = candidate.letter.source as Topic;
    appends.set(topic, [...(appends.get(topic) ?? []), { key: candidate.letter.key, value }]);
    done.push(candidate);
  }
  if (dryRun || done.length === 0) return;
  for (const [topic, records] of appends) await log.append(topic, records);
  report.replayed += done.length;
  const expiresAt = now + REMEMBERED_MS;
  await claims.claim(
    SPACE,
    done.map(({ letter, place }) => ({ key: letter.position, position: place, expiresAt })),
    now,
  );
}

function isWanted(letter: DeadLetterRecord, { reason, source, since, until }: ReplayOptions): boolean {
  return (
    (reason === undefined || letter.reason === reason) &&
    (source === undefined || letter.source === source) &&
    (since === undefined || letter.at >= since) &&
    (until === undefined || letter.at < until)
  );
}

function isReplayable(source: string): boolean {
  return (REPLAYABLE_TOPICS as readonly string[]).includes(source);
}

/** Undefined when only its beginning is left. */
async function wholeRecord(log: Pick<Log, 'read'>, letter: Candidate['letter']): Promise<Buffer | undefined> {
  if (!letter.cut) return recordBytes(letter.record);
  const [topic, partition, offset] = letter.position.split('/');
  const from = Number(offset);
  try {
    const [entry] = await log.read(topic as Topic, Number(partition), from, from + 1, 1);
    return entry?.value;
  } catch (error) {
    if (error instanceof RangeNotHeldError) return undefined;
    throw error;
  }
}
