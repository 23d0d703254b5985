import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { childEnvironment, startedByNpm, type Config } from '../../shared/runtime/config';
import { createLogger, type Logger } from '../../shared/runtime/logger';
import { lockDataDirectory } from '../data-lock';
import { portFault, prepareDataDir, wantedPorts } from '../preflight';
import { ownsEmbeddedEngines, SERVE_TARGETS, type Role, type ServeTarget } from '../roles';
import { settleSecrets } from '../secrets';
import { exitOnSignals } from '../shutdown';
import { Supervisor } from '../supervisor';
import { CommandError, environmentHelp, exitWithFaults, settingsOrExit } from './settings';

const BIDDERS_MAX = 128;
const READY_POLL_MS = 250;
/** Children of a supervisor that was killed a moment ago are still on their way out, with their ports. */
const PORTS_WAIT_MS = 6_000;

export function serveCommand(): Command {
  const targets = Object.keys(SERVE_TARGETS) as ServeTarget[];
  return new Command('serve')
    .description('run the platform, or one service of it')
    .addArgument(new Argument('[what]', 'what to run').choices(targets).default('all'))
    .addOption(new Option('--bidders <n>', 'bidder processes on one port').argParser(parseBidders).default(1))
    .addHelpText('after', environmentHelp())
    .action(async (target: ServeTarget, { bidders }: { bidders: number }) => serve(target, bidders));
}

async function serve(target: ServeTarget, bidders: number): Promise<void> {
  const config = settingsOrExit();
  const fault = prepareDataDir(config.dataDir);
  if (fault !== undefined) exitWithFaults([fault]);

  const roles: readonly Role[] = SERVE_TARGETS[target];
  if (roles.some((role) => ownsEmbeddedEngines(role, config))) lockOrFail(config.dataDir);
  await portsFreeOrFail(config, roles);
  const secrets = settleSecrets(config);
  const logger = createLogger({ level: config.logLevel, name: 'supervisor' });
  if (config.tcfVendorId === undefined)
    logger.warn(
      'MUSTER_TCF_VENDOR_ID is not set: where TCF applies, purposes are asked for, but no vendor consent of our own',
    );

  const supervisor = new Supervisor({
    roles,
    bidders,
    host: config.host,
    bidderPort: config.bidderPort,
    opsPort: config.opsPort,
    environment: childEnvironment(secrets),
    logger,
  });
  let stopped = false;
  exitOnSignals({
    logger,
    underNpm: startedByNpm(),
    stop: () => {
      stopped = true;
      return supervisor.stop();
    },
    kill: () => supervisor.kill(),
  });
  await supervisor.start();
  logger.info({ dataDir: config.dataDir, roles, ops: `http://127.0.0.1:${config.opsPort}` }, 'starting');
  await announceReady({ supervisor, config, roles, logger, stopped: () => stopped });
}

/** The lock is never given back: it ends with the process. */
function lockOrFail(dataDir: string): void {
  const lock = lockDataDirectory(dataDir, 'supervisor');
  if (lock.ok) return;
  throw new CommandError(
    `${dataDir} is in use by another muster (${lock.holder}); stop that one, or set MUSTER_DATA_DIR to another directory`,
  );
}

async function portsFreeOrFail(config: Config, roles: readonly Role[]): Promise<void> {
  const deadline = Date.now() + PORTS_WAIT_MS;
  for (;;) {
    const faults: string[] = [];
    for (const { variable, host, port } of wantedPorts(config, roles)) {
      const why = await portFault({ host, port });
      if (why !== undefined) faults.push(`  ${variable}: cannot listen on ${host}:${port}, ${why}`);
    }
    if (faults.length === 0) return;
    if (Date.now() >= deadline) throw new CommandError(`ports cannot be used:\n${faults.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface Announcement {
  supervisor: Supervisor;
  config: Config;
  roles: readonly Role[];
  logger: Logger;
  stopped: () => boolean;
}

async function announceReady({ supervisor, config, roles, logger, stopped }: Announcement): Promise<void> {
  while ((await supervisor.missing()).length > 0) {
    if (stopped()) return;
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  const local = (port: number): string => `http://${config.host}:${port}`;
  logger.info(
    {
      ...(roles.includes('platform') || roles.includes('api')
        ? { api: local(config.port), docs: `${local(config.port)}/docs` }
        : {}),
      ...(roles.includes('collector') ? { collector: local(config.collectorPort) } : {}),
      ...(roles.includes('bidder') ? { bidder: local(config.bidderPort) } : {}),
      metrics: `http://127.0.0.1:${config.opsPort}/metrics`,
      adminKey: config.adminToken === undefined ? `in ${config.dataDir}/admin-token` : 'MUSTER_ADMIN_TOKEN',
    },
    'ready',
  );
}

function parseBidders(text: string): number {
  const bidders = Number(text);
  if (!/^\d+$/.test(text) || bidders < 1 || bidders > BIDDERS_MAX)
    throw new InvalidArgumentError(`a number from 1 to ${BIDDERS_MAX}.`);
  return bidders;
}
