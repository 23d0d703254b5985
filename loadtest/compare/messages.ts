import type { Round } from '../bench';
import type { BenchRequest } from './benches';

export type ToWorker = { do: 'open'; request: BenchRequest } | { do: 'round'; n: number } | { do: 'close' };

/** One answer to each message, in order; `say` in between is progress. */
export type FromWorker =
  | { is: 'say'; line: string }
  | { is: 'opened' }
  | { is: 'round'; round: Round }
  | { is: 'closed' }
  | { is: 'failed'; message: string };
