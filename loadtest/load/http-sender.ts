import { Pool } from 'undici';
import type { Outcome } from './open-loop';

export interface HttpRequest {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface HttpAnswer {
  status: number;
  body: Buffer;
}

/**
 * Keep-alive connections to one server. Who finds none free waits for one, and that wait is part of the latency: it is the
 * server that holds the connections.
 */
export class HttpSender {
  readonly #pool: Pool;

  constructor(url: string, { connections, timeoutMs }: { connections: number; timeoutMs: number }) {
    this.#pool = new Pool(url, {
      connections,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /**
   * Calls back with the status once the answer has been read to its end, or with the error's code. The answer itself is
   * kept only for those who ask.
   */
  send(
    request: HttpRequest,
    done: (outcome: Outcome) => void,
    onAnswer?: (answer: HttpAnswer) => void,
  ): void {
    let status = 0;
    const chunks: Buffer[] = [];
    this.#pool.dispatch(request, {
      onRequestStart: () => undefined,
      onResponseStart: (_, statusCode) => {
        status = statusCode;
      },
      onResponseData: (_, chunk) => {
        if (onAnswer !== undefined) chunks.push(chunk);
      },
      onResponseEnd: () => {
        // Last: what goes wrong in between ends as an error of this request, told once.
        onAnswer?.({ status, body: Buffer.concat(chunks) });
        done(status);
      },
      onResponseError: (_, error) => done((error as NodeJS.ErrnoException).code ?? error.name),
    });
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
