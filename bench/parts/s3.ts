/**
 * Buckets of a real S3 server on this machine, against programs that only download the same objects. All share the cores
 * with the server. The downloads have it easier: they get signed URLs, and list nothing.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compareAnswers } from '../answer';
import { ours, parseTable, tableCommand } from '../contestants/ours';
import type { Corpus } from '../corpora/corpus';
import { openSmallAndLarge, sayObjects } from '../corpora/small-objects';
import { type Gateway, findGateway, startGateway } from '../gateway';
import { ALL_CORES, type Part, chartOfSeries, definedRatios, divide, tableOfSeries } from '../part';
import { DEFAULT_QUESTION } from '../questions';
import { type Entry, race, recordRateOf } from '../race';
import { findAnswer } from '../reference';

/** Requests at a time: as many as the command has under way of large objects (`src/scan/read-selected.ts`); of small ones it has 96. */
const CONCURRENCY = 16;

type Id = `${'small' | 'large'}/${'ours' | 'node' | 'bun'}`;

export const s3Part: Part = {
  name: 's3',
  async run({ out, records, runs, versitygw }) {
    const found = findGateway(out, versitygw);
    if ('absent' in found) {
      return { checked: [], skipped: [`S3: ${found.absent}`], ratios: {}, tables: [], charts: [] };
    }
    const nodeVersion = spawnSync('node', ['--version'], { encoding: 'utf8' });
    const hasNode = nodeVersion.status === 0;
    ours.prepare();
    const { small, large } = await openSmallAndLarge(out, records);
    const gateway = await startGateway(found.path, { small: small.folder, large: large.folder });
    try {
      const entries: Partial<Record<Id, Entry>> = {};
      // Half a minute for all of them.
      const maxRuns = Math.min(runs, 3);
      for (const [bucket, corpus] of [['large', large] as const, ['small', small] as const]) {
        const urls = join(gateway.folder, `${bucket}.txt`);
        writeFileSync(urls, corpus.files.map((file) => gateway.sign(bucket, relative(corpus.folder, file))).join('\n'));
        entries[`${bucket}/ours`] = { ...readBucket(gateway, bucket, corpus), maxRuns };
        if (hasNode) {
          entries[`${bucket}/node`] = { ...download('Node', 'node', urls, corpus), maxRuns };
        }
        // The Bun that runs this.
        entries[`${bucket}/bun`] = { ...download('Bun', process.execPath, urls, corpus), maxRuns };
      }
      const series = race<Id>(entries, { runs, cores: undefined });
      const speedRatio = (a: Id, b: Id) => divide(series.get(a), series.get(b), recordRateOf);
      return {
        checked: ['Both buckets of a local S3 server gave the right answers, and every byte to the plain downloads.'],
        ...(!hasNode && { skipped: ['the plain download by Node: node is not on PATH'] }),
        versions: [`versitygw ${found.version}`, ...(hasNode ? [`Node ${nodeVersion.stdout.trim()}`] : [])],
        ratios: definedRatios({
          's3/small': speedRatio('small/ours', 'small/node'),
          's3/large': speedRatio('large/ours', 'large/node'),
          's3/small-bun': speedRatio('small/ours', 'small/bun'),
          's3/large-bun': speedRatio('large/ours', 'large/bun'),
        }),
        tables: [
          tableOfSeries(
            'From a local S3 server',
            series.values(),
            undefined,
            `The server runs on the same cores. The downloads have ${CONCURRENCY} requests under way and throw away what ` +
              'they get; they have signed URLs, where the command lists the bucket and signs.',
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

/** The download by a runtime's own client. */
function download(name: string, runtime: string, urls: string, corpus: Corpus): Entry {
  const expected = JSON.stringify({ objects: corpus.files.length, storedBytes: corpus.storedBytes });
  return {
    name: `download by ${name}, ${sayObjects(corpus)}`,
    threads: 1,
    corpus,
    command: [runtime, join(import.meta.dirname, '../download.mjs'), urls, String(CONCURRENCY)],
    differences: (stdout) => (stdout.trim() === expected ? [] : [`expected ${expected}, got ${stdout.trim()}`]),
  };
}
