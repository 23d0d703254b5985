import pino, { type Logger } from 'pino';
import type { LogLevel } from './config';

export type { Logger } from 'pino';

export interface LoggerOptions {
  level: LogLevel;
  /** The process it speaks for: `platform`, `collector`, `bidder`, … */
  name: string;
  /** File descriptor. @default 1, standard output */
  destination?: 1 | 2;
}

/** One JSON object a line, with an ISO time. Keys and secrets never appear, wherever they are in an object. */
export function createLogger({ level, name, destination = 1 }: LoggerOptions): Logger {
  return pino(
    {
      level,
      name,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['adminToken', 'secret', 'authorization', '*.adminToken', '*.secret', '*.authorization'],
    },
    // Synchronous: what was logged last before a crash is what one wants to read.
    pino.destination({ dest: destination, sync: true }),
  );
}
