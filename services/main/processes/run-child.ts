import { readConfig } from '../../shared/runtime/config';
import { createLogger, type Logger } from '../../shared/runtime/logger';
import { createRegistry } from '../../shared/runtime/metrics';
import type { Service } from '../../shared/runtime/service';
import { endAtOnce } from './end-at-once';
import { HandedConnections } from './handed-connections';
import type { ToChild, ToSupervisor } from './messages';
import { ownsEmbeddedEngines, type Role, type StartRole } from '../roles';
import { settleSecrets } from '../secrets';
import { waitForDataLock } from '../data-lock';

/** Without a supervisor nobody asks for more than this long; then the process ends itself the hard way. */
const ORPHAN_DRAIN_MS = 4_000;
/** How long the engines' last owner may take to go away. */
const PREDECESSOR_MS = 30_000;

/**
 * The life of a child process: starts the role's service, answers the supervisor, drains when told to or when
 * the supervisor is gone. A service that cannot start ends the process, and the supervisor tries again.
 */
export function runChild(role: Role, startRole: StartRole): void {
  const read = readConfig();
  if (!read.ok) throw new Error(`started by \`muster serve\` only: ${JSON.stringify(read.faults)}`);
  const config = { ...read.config, ...settleSecrets(read.config) };
  const logger = createLogger({ level: config.logLevel, name: role });
  const [id = 0, count = 1] = process.argv.slice(2).map(Number);
  const worker = { id, count };
  const registry = createRegistry({ process: role, defaultMetrics: true });

  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'broken assumption, ending the process');
    endAtOnce();
  });

  let service: Service | undefined;
  const starting = start();
  starting.then(
    (started) => (service = started),
    (error: unknown) => {
      logger.fatal({ err: error }, 'cannot start');
      endAtOnce();
    },
  );

  async function start(): Promise<Service> {
    if (ownsEmbeddedEngines(role, config)) await waitForDataLock(config.dataDir, 'engines', PREDECESSOR_MS);
    const connections = role === 'bidder' ? new HandedConnections({ port: config.bidderPort }) : undefined;
    return startRole({ config, logger, registry, connections, worker });
  }

  const answers: Record<Extract<ToChild, { type: 'ask' }>['question'], () => unknown> = {
    missing: () => (service === undefined ? ['starting'] : service.missing()),
    metrics: () => registry.getMetricsAsJSON(),
  };
  const answer = async ({ id, question }: Extract<ToChild, { type: 'ask' }>): Promise<void> => {
    const message: ToSupervisor = { type: 'answer', id, value: await answers[question]() };
    if (process.connected) process.send?.(message);
  };

  let draining: Promise<void> | undefined;
  const drain = (): void => {
    draining ??= starting
      .then((started) => started.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'could not drain');
          process.exit(1);
        },
      );
  };

  process.on('message', (message: ToChild) => {
    if (message.type === 'drain') drain();
    else if (message.type === 'ask')
      answer(message).catch((error: unknown) =>
        logger.error({ err: error, question: message.question }, 'cannot answer the supervisor'),
      );
  });
  process.on('SIGTERM', drain);
  // Ctrl-C reaches the whole process group: the supervisor decides the order in which things end.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => orphaned(logger, drain));
}

/** The supervisor is gone, perhaps by kill -9: nobody would restart or stop this process any more. */
function orphaned(logger: Logger, drain: () => void): void {
  logger.warn('the supervisor is gone, ending');
  setTimeout(endAtOnce, ORPHAN_DRAIN_MS);
  drain();
}
