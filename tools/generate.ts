/** `npm run generate`: made-up flow logs in a folder, laid out as AWS lays them out in a bucket. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { writeDemoCorpus } from './demo-corpus';
import { demoRange } from './estate';
import { DEFAULT_FLAT_PLAN, writeFlatCorpus } from './flat-corpus';
import { createFileSink } from './write-objects';

interface Options {
  readonly out: string;
  readonly corpus: 'demo' | 'flat';
  readonly seed: number;
  readonly from: number;
  readonly hours?: number;
  readonly records?: number;
  readonly objects?: number;
  readonly keys?: number;
}

const program = new Command('generate')
  .description('Makes up VPC flow logs. Equal options give equal logs.')
  .requiredOption('--out <folder>', 'where to write AWSLogs/…')
  .addOption(
    new Option('--corpus <kind>', 'demo: a small estate; flat: records for measuring')
      .choices(['demo', 'flat'])
      .default('demo'),
  )
  .option('--seed <number>', 'another seed, other logs', parseCount, 1)
  .option('--from <time>', 'start, RFC 3339', parseTime, demoRange.fromMs)
  .option('--hours <number>', 'length of the range (demo: 1, flat: 12)', parseCount)
  .option('--records <number>', `flat: records (${DEFAULT_FLAT_PLAN.records})`, parseCount)
  .option('--objects <number>', `flat: objects (${DEFAULT_FLAT_PLAN.objects})`, parseCount)
  .option('--keys <number>', `flat: distinct keys of the default digest (${DEFAULT_FLAT_PLAN.keys})`, parseCount)
  .action(generate);

await program.parseAsync();

async function generate({ out, corpus, seed, from: fromMs, hours, ...sizes }: Options): Promise<void> {
  const { sink, close } = createFileSink(out);
  const range = { seed, fromMs, ...(hours === undefined ? {} : { hours }) };
  if (corpus === 'demo' && Object.keys(sizes).length > 0) {
    program.error('error: --records, --objects and --keys are for --corpus flat');
  }
  const { objectCount, recordCount, textBytes } =
    corpus === 'demo' ? await writeDemoCorpus(sink, range) : await writeFlatCorpus(sink, { ...range, ...sizes });
  const storedBytes = await close();
  process.stdout.write(
    `${recordCount} records in ${objectCount} objects, ${textBytes} bytes as text, ${storedBytes} stored, in ${out}\n`,
  );
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1e9) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000000000.');
  }
  return count;
}

function parseTime(text: string): number {
  const timeMs = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(timeMs) || timeMs % 300_000 !== 0) {
    throw new InvalidArgumentError('It must be like 2026-01-15T10:00:00Z, on a full five minutes.');
  }
  return timeMs;
}
