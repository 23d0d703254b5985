import type { Bench, Say } from '../bench';
import { openBuildBench, type BuildOptions } from '../build/build-bench';
import { openServingBench, SUBJECTS, type ServingOptions } from '../exchange/serving-bench';
import { openFreshnessBench, type FreshnessOptions } from '../freshness/freshness-bench';
import { openIngestBench, type IngestOptions } from '../ingest/ingest-bench';

interface BenchOptions {
  bid: ServingOptions;
  pixel: ServingOptions;
  ingest: IngestOptions;
  freshness: FreshnessOptions;
  build: BuildOptions;
}

/** What is measured in rounds, and so can be compared between two revisions. */
export type BenchName = keyof BenchOptions;

const OPEN: { [Name in BenchName]: (options: BenchOptions[Name], say: Say) => Promise<Bench> } = {
  bid: (options, say) => openServingBench(SUBJECTS.bid, options, say),
  pixel: (options, say) => openServingBench(SUBJECTS.pixel, options, say),
  ingest: openIngestBench,
  freshness: openFreshnessBench,
  build: openBuildBench,
};

/** A bench and its options, as they also travel to another process. */
export type BenchRequest = { [Name in BenchName]: { name: Name; options: BenchOptions[Name] } }[BenchName];

export function openBench<Name extends BenchName>(
  { name, options }: { name: Name; options: BenchOptions[Name] },
  say: Say,
): Promise<Bench> {
  return OPEN[name](options, say);
}
