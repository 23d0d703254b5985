/** What an import has come to so far. */
export interface ImportTally {
  /** Of the file as it lies there, compressed or not. */
  bytes: number;
  lines: number;
  accepted: number;
  rejected: number;
}

export interface ImportProgressOptions {
  out: NodeJS.WriteStream;
  /** Size of the file; undefined for a stream. */
  totalBytes?: number;
  tally: () => ImportTally;
  now: () => number;
}

const ON_A_TERMINAL_MS = 200;
const ELSEWHERE_MS = 10_000;

/** One line that is written over on a terminal; elsewhere a line now and then, so that a job's log shows that it lives. */
export class ImportProgress {
  readonly #options: ImportProgressOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt: number;

  constructor(options: ImportProgressOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    this.#timer = setInterval(() => this.#show(), options.out.isTTY ? ON_A_TERMINAL_MS : ELSEWHERE_MS);
    this.#timer.unref();
  }

  /** Anything else that is to be said while it goes on. */
  say(text: string): void {
    const { out } = this.#options;
    out.write(`${out.isTTY ? '\r\u001b[2K' : ''}${text}\n`);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#options.out.isTTY) this.#options.out.write('\r\u001b[2K');
  }

  #show(): void {
    const { out, totalBytes, tally, now } = this.#options;
    const text = progressText(tally(), { totalBytes, seconds: (now() - this.#startedAt) / 1_000 });
    if (!out.isTTY) return void out.write(`${text}\n`);
    out.write(`\r\u001b[2K${text.slice(0, Math.max(20, (out.columns || 80) - 1))}`);
  }
}

/** `12.0 of 40.0 MiB · 81,000 lines/s · 405,000 accepted · 3 rejected · 12 s left` */
export function progressText(
  { bytes, lines, accepted, rejected }: ImportTally,
  { totalBytes, seconds }: { totalBytes?: number; seconds: number },
): string {
  const parts = [
    totalBytes === undefined ? mebibytes(bytes) : `${mebibytes(bytes, '')} of ${mebibytes(totalBytes)}`,
  ];
  if (seconds > 0) parts.push(`${whole(lines / seconds)} lines/s`);
  parts.push(`${whole(accepted)} accepted`, `${whole(rejected)} rejected`);
  if (totalBytes !== undefined && bytes > 0 && bytes < totalBytes && seconds > 0)
    parts.push(`${duration(((totalBytes - bytes) / bytes) * seconds)} left`);
  return parts.join(' · ');
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function mebibytes(bytes: number, unit = ' MiB'): string {
  return `${(bytes / 2 ** 20).toFixed(1)}${unit}`;
}

function duration(seconds: number): string {
  const rounded = Math.ceil(seconds);
  if (rounded < 120) return `${rounded} s`;
  if (rounded < 7_200) return `${Math.round(rounded / 60)} min`;
  return `${(rounded / 3_600).toFixed(1)} h`;
}
