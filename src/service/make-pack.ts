/**
 * Makes the pack of a window: the digests of its single objects, fine enough for the Grafana data source to make those of
 * its panels from them. A pack saves reading and changes no answer, so a window without one is no failure.
 */
import { compilePlan } from '../digest/plan';
import { FlowError } from '../errors';
import { defaultKeys } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';
import { createDigestCollector } from '../scan/collect-digests';
import { encodePack } from '../scan/digest-pack';
import { runScan } from '../scan/run-scan';
import { MAX_PACK_SEC, packName } from '../scan/stored-digests';
import type { MakeDigestOptions } from './make-digest';
import { printTime, type Window } from './window';

export interface MadePack {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly objectCount: number;
}

/** As long as an object's records: finer buckets make twice the rows, and only short ranges have finer steps. */
const PACK_BUCKET_SEC = 300;
/** More distinct keys end the scan: what was digested until then is packed. */
const MAX_KEYS = 5_000_000;

/** The pack; `undefined` if the window is too long, has no objects, or could not be packed. Throws `aborted` only. */
export async function makePack(
  { startMs, stopMs }: Window,
  { sources, pool, accounts, regions, prefetchBytes, concurrency, clock, signal }: PackOptions,
): Promise<MadePack | undefined> {
  const window = { startSec: startMs / 1000, stopSec: stopMs / 1000 };
  if (window.stopSec - window.startSec > MAX_PACK_SEC) {
    return undefined;
  }
  const query = normaliseScanQuery(
    {
      view: 'series',
      keys: [...new Set([...defaultKeys('graph'), ...defaultKeys('table'), 'region'])],
      // As panels count unless they tell interfaces apart, which then read the logs.
      counting: 'once',
      bucketSec: PACK_BUCKET_SEC,
      range: { from: printTime(startMs), to: printTime(stopMs) },
      ...{ accounts, regions },
      limits: { maxKeys: MAX_KEYS, onLimit: 'partial' },
    },
    { nowMs: clock() },
  );
  const plan = compilePlan(query);
  const { cache, pack } = createDigestCollector();
  try {
    await runScan(query, sources, { pool, signal, prefetchBytes, concurrency, digests: cache });
    if (plan.kind !== 'digest') {
      throw new Error('BUG: a series is made of records');
    }
    const made = pack(plan);
    return made.objects.length === 0
      ? undefined
      : { name: packName(window), bytes: await encodePack(made), objectCount: made.objects.length };
  } catch (thrown) {
    if (FlowError.from(thrown).code === 'aborted') {
      throw thrown;
    }
    return undefined;
  }
}

type PackOptions = Omit<MakeDigestOptions, 'withPacks' | 'settleMs'> & { readonly signal: AbortSignal };
