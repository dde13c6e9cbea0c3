/**
 * `npm run bench`: this project's command and backend, against neighbours and against bars. Each part compares all answers
 * before any of its times is printed; if one is wrong, the exit status is 1. A run of all parts writes `RESULTS.md`,
 * `results.svg` and `results.json`; `--check` compares with `results.json` instead.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { format, resolveConfig } from 'prettier';
import { type PartName, RATIOS, type Ratios, TOLERANCE, findFaults, formatValue } from './bars';
import { findCores } from './cores';
import { describeMachine } from './machine';
import type { Context, PartResult } from './part';
import { contestantsPart } from './parts/contestants';
import { pluginPart } from './parts/plugin';
import { queriesPart } from './parts/queries';
import { s3Part } from './parts/s3';
import { scalingPart } from './parts/scaling';
import { plotCharts } from './plot';
import { formatBars, formatResults, formatTables } from './report';

const PARTS = [contestantsPart, scalingPart, queriesPart, s3Part, pluginPart];
const DEFAULT_RECORDS = 2_000_000;
const RECORD = join(import.meta.dirname, 'results.json');

interface Options {
  readonly only: readonly PartName[];
  readonly records: number;
  readonly runs: number;
  readonly goVpcflow?: string;
  readonly versitygw?: string;
  readonly pin: boolean;
  readonly small?: boolean;
  readonly check?: boolean;
}

const partNames = PARTS.map(({ name }) => name);
const program = new Command('bench')
  .description('Compares answers, then speed. Corpora and programs that it needs are kept in bench/out.')
  .option('--only <part>', `a part: ${partNames.join(', ')}; may be repeated`, collectPart, [])
  .option('--records <number>', 'records of the corpus', parseCount, DEFAULT_RECORDS)
  .option('--runs <number>', 'timed runs, after one that checks the answer', parseCount, 5)
  .addOption(new Option('--go-vpcflow <path>', 'a digester of go-vpcflow').env('GO_VPCFLOW'))
  .addOption(new Option('--versitygw <path>', 'a versitygw; without it one is built by Go').env('VERSITYGW'))
  .option('--no-pin', 'do not pin one-core runs to one core')
  .option('--small', '20,000 records, answers only')
  .option(
    '--check',
    `exit with 1 if a bar is missed, or a ratio is more than ${TOLERANCE * 100} % worse than the recorded one`,
  )
  .action(runBench);

await program.parseAsync().catch((thrown: unknown) => {
  program.error(`error: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
});

async function runBench(options: Options): Promise<void> {
  const { only, small = false, check = false } = options;
  if (check && (small || options.records !== DEFAULT_RECORDS)) {
    program.error('error: --check needs the corpus that was recorded, so neither --small nor --records');
  }
  const machine = describeMachine();
  const out = join(import.meta.dirname, 'out');
  mkdirSync(out, { recursive: true });
  const { goVpcflow, versitygw } = options;
  const context: Context = {
    out,
    records: small ? 20_000 : options.records,
    runs: small ? 0 : options.runs,
    cores: options.pin ? findCores() : undefined,
    ...(goVpcflow !== undefined && { goVpcflow }),
    ...(versitygw !== undefined && { versitygw }),
  };
  const parts = PARTS.filter(({ name }) => only.length === 0 || only.includes(name));
  const results: PartResult[] = [];
  for (const part of parts) {
    const result = await part.run(context);
    results.push(result);
    result.checked.forEach((sentence) => console.log(sentence));
    result.skipped?.forEach((reason) => console.log(`Skipped ${reason}.`));
    if (!small) {
      console.log(`\n${formatTables(result.tables)}\n`);
    }
  }
  if (small) {
    return;
  }

  const ratios: Ratios = Object.assign({}, ...results.map((result) => result.ratios)) as Ratios;
  console.log(
    `${formatBars(
      ratios,
      parts.map(({ name }) => name),
    )}\n`,
  );
  if (check) {
    checkRatios(
      ratios,
      parts.map(({ name }) => name),
    );
  } else if (parts.length === PARTS.length && options.records === DEFAULT_RECORDS) {
    const report = { ratios, machine, runs: context.runs, isPinned: context.cores !== undefined };
    await writeFormatted(join(import.meta.dirname, 'RESULTS.md'), formatResults(results, report));
    await writeFormatted(RECORD, JSON.stringify({ machine, ratios: roundRatios(ratios) }));
    writeFileSync(join(import.meta.dirname, 'results.svg'), plotCharts(results.flatMap(({ charts }) => charts)));
    console.log('Written: bench/RESULTS.md, bench/results.svg, bench/results.json.');
  } else {
    console.log('Nothing was written: only a run of all parts over the usual corpus is a record.');
  }
}

/** Names all that is wrong in what these parts measured, and sets the exit status. */
function checkRatios(ratios: Ratios, parts: readonly PartName[]): void {
  const recorded = existsSync(RECORD)
    ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { machine: { machine: string; commit: string }; ratios: Ratios })
    : undefined;
  console.log(
    recorded
      ? `Compared with ${recorded.machine.commit}, on ${recorded.machine.machine}.`
      : 'No ratios were recorded (bench/results.json), so only bars are checked.',
  );
  RATIOS.filter(({ id, part }) => parts.includes(part) && ratios[id] === undefined).forEach((ratio) =>
    console.log(`not measured: ${ratio.text}, recorded ${formatValue(ratio, recorded?.ratios[ratio.id])}`),
  );
  const faults = findFaults(ratios, recorded?.ratios ?? {});
  faults.forEach((fault) => console.log(fault));
  console.log(faults.length > 0 ? `${faults.length} faults.` : 'No bar is missed, and nothing is worse than recorded.');
  process.exitCode = faults.length > 0 ? 1 : 0;
}

/** To four digits: more are noise. */
function roundRatios(ratios: Ratios): Ratios {
  return Object.fromEntries(Object.entries(ratios).map(([id, value]) => [id, Number(value.toPrecision(4))]));
}

/** As `npm run format` would leave it. */
async function writeFormatted(file: string, text: string): Promise<void> {
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1e9) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000000000.');
  }
  return count;
}

function collectPart(value: string, earlier: readonly PartName[]): readonly PartName[] {
  const part = partNames.find((name) => name === value);
  if (part === undefined) {
    throw new InvalidArgumentError(`There are ${partNames.join(', ')}.`);
  }
  return [...earlier, part];
}
