/** A day of a large estate: three accounts with two VPCs in each of two regions, made once and kept in `bench/out`. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_FLAT_PLAN, writeFlatCorpus, type FlatPlan } from '../../tools/flat-corpus';
import { createFileSink } from '../../tools/write-objects';
import { fingerprint } from './corpus';

const ACCOUNTS = ['111122223333', '222233334444', '333344445555'] as const;
const REGIONS = ['eu-west-1', 'us-east-1'] as const;
const DAY_MS = Date.UTC(2026, 0, 15);

export interface DayCorpus {
  readonly folder: string;
  readonly records: number;
  readonly objects: number;
  readonly storedBytes: number;
  /** Unix milliseconds. */
  readonly fromMs: number;
}

/** The day: `records` records in two objects per account, region and five minutes, of `keys` keys of the default digest. */
export async function openDay(
  outFolder: string,
  { records, keys, hours = 24 }: Pick<FlatPlan, 'records' | 'keys'> & { readonly hours?: number },
): Promise<DayCorpus> {
  const folder = join(outFolder, `day-${fingerprint()}-${records}-${keys}-${hours}`);
  const summaryFile = join(folder, 'summary.json');
  if (!existsSync(summaryFile)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    // Two VPCs each, with a flow log of its own.
    const branches = ACCOUNTS.flatMap((accountId) =>
      REGIONS.flatMap((region) => [1, 2].map(() => ({ accountId, region }))),
    );
    let objects = 0;
    let storedBytes = 0;
    for (const [net, branch] of branches.entries()) {
      const { sink, close } = createFileSink(join(partial, 'logs'));
      const share = { records: records / branches.length, keys: keys / branches.length, objects: hours * 12 };
      const plan = { ...DEFAULT_FLAT_PLAN, ...branch, ...share, net, seed: net + 1, fromMs: DAY_MS, hours };
      objects += (await writeFlatCorpus(sink, plan)).objectCount;
      storedBytes += await close();
    }
    writeFileSync(join(partial, 'summary.json'), JSON.stringify({ objects, storedBytes }));
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  }
  const { objects, storedBytes } = JSON.parse(readFileSync(summaryFile, 'utf8')) as DayCorpus;
  return { folder: join(folder, 'logs'), records, objects, storedBytes, fromMs: DAY_MS };
}
