/** A named number of one round; which way is better is needed to judge a comparison. */
export interface Metric {
  name: string;
  unit: string;
  better: 'more' | 'less';
  value: number;
}

export interface Round {
  metrics: Metric[];
  /** All that was seen, as raw as it fits into a file. */
  detail: unknown;
}

/** Something measured round by round: made ready and warmed up once, then asked as often as wanted. */
export interface Bench {
  round(n: number): Promise<Round>;
  close(): Promise<void>;
}

export type Say = (line: string) => void;

/** Progress goes to stderr: stdout is the result's. */
export const sayToStderr: Say = (line) => void process.stderr.write(`${line}\n`);
