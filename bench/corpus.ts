/** The corpus of a benchmark, made once per set of parameters and kept in `bench/out`. */
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { writeDemoCorpus } from '../tools/demo-corpus';
import { DEFAULT_FLAT_PLAN, writeFlatCorpus } from '../tools/flat-corpus';
import { createFileSink } from '../tools/write-objects';
import type { Corpus } from './contestant';

const GENERATOR_SOURCES = ['flat-corpus.ts', 'random.ts', 'demo-corpus.ts', 'estate.ts'];

/** The flat corpus of that many records, with keys and objects in proportion to the full one. */
export async function openCorpus(outFolder: string, records: number): Promise<Corpus> {
  const { seed, objects, keys } = DEFAULT_FLAT_PLAN;
  const share = records / DEFAULT_FLAT_PLAN.records;
  const plan = {
    seed,
    records,
    objects: Math.max(4, Math.min(objects, Math.round(objects * share))),
    keys: Math.max(1, Math.round(keys * share)),
  };
  const folder = join(outFolder, `flat-${fingerprint()}-${seed}-${plan.records}-${plan.objects}-${plan.keys}`);
  const summaryFile = join(folder, 'summary.json');
  if (!existsSync(summaryFile)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    const { sink, close } = createFileSink(join(partial, 'logs'));
    const summary = await writeFlatCorpus(sink, plan);
    const storedBytes = await close();
    writeFileSync(join(partial, 'summary.json'), JSON.stringify({ ...summary, storedBytes }));
    rmSync(folder, { recursive: true, force: true });
    // Renamed when whole: a run that was stopped half-way leaves no corpus that looks like one.
    renameSync(partial, folder);
  }
  const { textBytes, storedBytes } = JSON.parse(readFileSync(summaryFile, 'utf8')) as {
    textBytes: number;
    storedBytes: number;
  };
  const logs = join(folder, 'logs');
  const files = readdirSync(logs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return { folder: logs, files, records, textBytes, storedBytes };
}

/** How often `openTenfold` has each object. */
export const COPIES = 10;

/** Ten copies of a corpus side by side (links to the same files): ten times the records, of the same groups. */
export function openTenfold(corpus: Corpus): Corpus {
  const folder = join(dirname(corpus.folder), 'tenfold');
  const copies = Array.from({ length: COPIES }, (_, i) => join(folder, String(i)));
  if (!existsSync(folder)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    for (const copy of copies) {
      for (const file of corpus.files) {
        const link = join(partial, basename(copy), relative(corpus.folder, file));
        mkdirSync(dirname(link), { recursive: true });
        linkSync(file, link);
      }
    }
    renameSync(partial, folder);
  }
  return {
    folder,
    files: copies.flatMap((copy) => corpus.files.map((file) => join(copy, relative(corpus.folder, file)))),
    records: COPIES * corpus.records,
    textBytes: COPIES * corpus.textBytes,
    storedBytes: COPIES * corpus.storedBytes,
  };
}

/** The hour of the demo, as many times as asked for, each with another seed; and its records. */
export async function openDemoHours(
  outFolder: string,
  hours: number,
): Promise<{ readonly folder: string; readonly records: number }> {
  const folder = join(outFolder, `demo-${fingerprint()}-${hours}`);
  const summaryFile = join(folder, 'summary.json');
  if (!existsSync(summaryFile)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    let records = 0;
    for (let seed = 1; seed <= hours; seed++) {
      const { sink, close } = createFileSink(join(partial, 'logs', String(seed)));
      records += (await writeDemoCorpus(sink, { seed })).recordCount;
      await close();
    }
    writeFileSync(join(partial, 'summary.json'), JSON.stringify({ records }));
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  }
  const { records } = JSON.parse(readFileSync(summaryFile, 'utf8')) as { records: number };
  return { folder: join(folder, 'logs'), records };
}

/** Of the generator's sources, so that a corpus that an older one made is not taken. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of GENERATOR_SOURCES) {
    hash.update(readFileSync(join(import.meta.dirname, '../tools', name)));
  }
  return hash.digest('hex').slice(0, 8);
}
