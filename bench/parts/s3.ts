/**
 * Buckets of a real S3 server on this machine, against a program that only downloads the same objects. Both share the cores
 * with the server, and both list the bucket first.
 */
import { join } from 'node:path';
import { compareAnswers } from '../answer';
import { ours, parseTable, tableCommand } from '../contestants/ours';
import type { Corpus } from '../corpora/corpus';
import { openSmallAndLarge, sayObjects } from '../corpora/small-objects';
import { type Gateway, findGateway, startGateway } from '../gateway';
import { ALL_CORES, type Part, chartOfSeries, definedRatios, divide, tableOfSeries } from '../part';
import { DEFAULT_QUESTION } from '../questions';
import { type Entry, race, recordRateOf } from '../race';
import { findAnswer } from '../reference';

/** Requests at a time: as many as the command has under way (`concurrency` of `src/scan/run-scan.ts`). */
const CONCURRENCY = 16;

type Id = `${'small' | 'large'}/${'ours' | 'download'}`;

export const s3Part: Part = {
  name: 's3',
  async run({ out, records, runs, versitygw }) {
    const found = findGateway(out, versitygw);
    if ('absent' in found) {
      return { checked: [], skipped: [`S3: ${found.absent}`], ratios: {}, tables: [], charts: [] };
    }
    ours.prepare();
    const { small, large } = await openSmallAndLarge(out, records);
    const gateway = await startGateway(found.path, { small: small.folder, large: large.folder });
    try {
      // Some twenty seconds for all four.
      const maxRuns = Math.min(runs, 3);
      const entries: Partial<Record<Id, Entry>> = {};
      for (const [bucket, corpus] of [['large', large] as const, ['small', small] as const]) {
        entries[`${bucket}/ours`] = { ...readBucket(gateway, bucket, corpus), maxRuns };
        entries[`${bucket}/download`] = { ...downloadBucket(gateway, bucket, corpus), maxRuns };
      }
      const series = race<Id>(entries, { runs, cores: undefined });
      const speedRatio = (a: Id, b: Id) => divide(series.get(a), series.get(b), recordRateOf);
      return {
        checked: [`Both buckets of a local S3 server gave the right answers, and every byte to the plain download.`],
        versions: [`versitygw ${found.version}`],
        ratios: definedRatios({
          's3/small': speedRatio('small/ours', 'small/download'),
          's3/large': speedRatio('large/ours', 'large/download'),
        }),
        tables: [
          tableOfSeries(
            'From a local S3 server',
            series.values(),
            undefined,
            `The server runs on the same cores. The download has ${CONCURRENCY} requests under way, lists the bucket as the ` +
              'command does, and throws away what it gets.',
          ),
        ],
        charts: [chartOfSeries('From a local S3 server', series.values())],
      };
    } finally {
      await gateway.stop();
    }
  },
};

function readBucket({ url, credentials }: Gateway, bucket: string, corpus: Corpus): Entry {
  const expected = findAnswer(corpus);
  return {
    name: `vpcflow, ${sayObjects(corpus)}`,
    threads: ALL_CORES,
    corpus,
    command: [
      ...tableCommand(`s3://${bucket}`, ALL_CORES),
      ...['--endpoint-url', url, '--path-style', '--bucket-region', 'us-east-1'],
    ],
    environment: credentials,
    differences: (stdout) => compareAnswers(expected, parseTable(stdout, DEFAULT_QUESTION)),
  };
}

function downloadBucket({ url, credentials }: Gateway, bucket: string, corpus: Corpus): Entry {
  const expected = JSON.stringify({ objects: corpus.files.length, storedBytes: corpus.storedBytes });
  return {
    name: `plain download, ${sayObjects(corpus)}`,
    threads: 1,
    corpus,
    // The Bun that runs this.
    command: [process.execPath, join(import.meta.dirname, '../download.ts'), url, bucket, String(CONCURRENCY)],
    environment: credentials,
    differences: (stdout) => (stdout.trim() === expected ? [] : [`expected ${expected}, got ${stdout.trim()}`]),
  };
}
