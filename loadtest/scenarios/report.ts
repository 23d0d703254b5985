import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { rawOutputSchema, type RawOutput } from '../raw-output';
import { reportPage } from '../report/page';

export function reportCommand(): Command {
  return new Command('report')
    .description('raw results, as --out wrote them, as one page with plots')
    .argument('<file...>', 'files of raw results')
    .requiredOption('--out <page>', 'where the HTML page goes')
    .action(async (files: string[], { out }: { out: string }) => {
      const outputs = await Promise.all(
        files.map(async (file) => ({ file: basename(file), raw: await readRawOutput(file) })),
      );
      await writeFile(out, reportPage(outputs));
    });
}

async function readRawOutput(file: string): Promise<RawOutput> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON`, { cause: error });
  }
  const read = rawOutputSchema.safeParse(json);
  if (!read.success) throw new Error(`${file} is not a file of raw results:\n${z.prettifyError(read.error)}`);
  return read.data;
}
