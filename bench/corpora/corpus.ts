/** Corpora of a benchmark, made once per set of parameters and kept in `bench/out`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDemoCorpus } from '../../tools/demo-corpus';
import { DEFAULT_FLAT_PLAN, type FlatPlan, writeFlatCorpus } from '../../tools/flat-corpus';
import { createFileSink } from '../../tools/write-objects';

/** The objects to read. */
export interface Corpus {
  readonly folder: string;
  /** All object files, absolute. */
  readonly files: readonly string[];
  readonly records: number;
  /** Inflated; of Parquet, the same records as text. */
  readonly textBytes: number;
  readonly storedBytes: number;
}

const GENERATOR_SOURCES = ['flat-corpus.ts', 'random.ts', 'demo-corpus.ts', 'estate.ts'];

/** The flat corpus of that many records; keys and objects are in proportion to the full one where they are not given. */
export async function openCorpus(
  outFolder: string,
  { records, ...given }: { readonly records: number } & Partial<Pick<FlatPlan, 'objects' | 'keys'>>,
): Promise<Corpus> {
  const { seed, objects, keys } = DEFAULT_FLAT_PLAN;
  const share = records / DEFAULT_FLAT_PLAN.records;
  const plan = {
    seed,
    records,
    objects: given.objects ?? Math.max(4, Math.min(objects, Math.round(objects * share))),
    keys: given.keys ?? Math.max(1, Math.round(keys * share)),
  };
  const folder = join(outFolder, `flat-${fingerprint()}-${seed}-${plan.records}-${plan.objects}-${plan.keys}`);
  const summaryFile = join(folder, 'summary.json');
  if (!existsSync(summaryFile)) {
    await makeFolder(folder, async (partial) => {
      const { sink, close } = createFileSink(join(partial, 'logs'));
      const summary = await writeFlatCorpus(sink, plan);
      const storedBytes = await close();
      writeFileSync(join(partial, 'summary.json'), JSON.stringify({ ...summary, storedBytes }));
    });
  }
  const { textBytes, storedBytes } = JSON.parse(readFileSync(summaryFile, 'utf8')) as {
    textBytes: number;
    storedBytes: number;
  };
  const logs = join(folder, 'logs');
  return { folder: logs, files: listFiles(logs), records, textBytes, storedBytes };
}

/** The hour of the demo, as many times as asked for, each with another seed; and its records. */
export async function openDemoHours(
  outFolder: string,
  hours: number,
): Promise<{ readonly folder: string; readonly records: number }> {
  const folder = join(outFolder, `demo-${fingerprint()}-${hours}`);
  const summaryFile = join(folder, 'summary.json');
  if (!existsSync(summaryFile)) {
    await makeFolder(folder, async (partial) => {
      let records = 0;
      for (let seed = 1; seed <= hours; seed++) {
        const { sink, close } = createFileSink(join(partial, 'logs', String(seed)));
        records += (await writeDemoCorpus(sink, { seed })).recordCount;
        await close();
      }
      writeFileSync(join(partial, 'summary.json'), JSON.stringify({ records }));
    });
  }
  const { records } = JSON.parse(readFileSync(summaryFile, 'utf8')) as { records: number };
  return { folder: join(folder, 'logs'), records };
}

/** Fills a folder under another name first: a run that was stopped half-way leaves no folder that looks like a whole one. */
export async function makeFolder(folder: string, fill: (partial: string) => void | Promise<void>): Promise<void> {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await fill(partial);
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

/** All files below a folder, sorted. */
export function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Of the generator's sources, so that a corpus that an older one made is not taken. */
export function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of GENERATOR_SOURCES) {
    hash.update(readFileSync(join(import.meta.dirname, '../../tools', name)));
  }
  return hash.digest('hex').slice(0, 8);
}
