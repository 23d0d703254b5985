import { Command } from 'commander';
import { baselineCommand } from '../../../loadtest/scenarios/baseline';
import { buildCommand } from '../../../loadtest/scenarios/build';
import { enginesCommand } from '../../../loadtest/scenarios/engines';
import { freshnessCommand } from '../../../loadtest/scenarios/freshness';
import { ingestCommand } from '../../../loadtest/scenarios/ingest';
import { reportCommand } from '../../../loadtest/scenarios/report';
import { bidCommand, pixelCommand } from '../../../loadtest/scenarios/serving';
import { soakCommand } from '../../../loadtest/scenarios/soak';

export function loadtestCommand(): Command {
  return new Command('loadtest')
    .description('measure this machine; each scenario has a --help of its own')
    .addCommand(baselineCommand())
    .addCommand(enginesCommand())
    .addCommand(bidCommand())
    .addCommand(pixelCommand())
    .addCommand(ingestCommand())
    .addCommand(freshnessCommand())
    .addCommand(buildCommand())
    .addCommand(soakCommand())
    .addCommand(reportCommand());
}
