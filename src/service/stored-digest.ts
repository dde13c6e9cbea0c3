/** A stored digest read back: its lines are records of the default format, so they are scanned like any log. */
import type { Digest } from '../digest/digest';
import { FlowError } from '../errors';
import { DEFAULT_FORMAT } from '../flow/fields';
import { REFERENCE_KEYS } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';
import { runScan } from '../scan/run-scan';
import type { WorkerPool } from '../scan/worker-pool';
import type { ObjectStore } from '../store/store';

/** The digest that the gzip-compressed lines are of. `flows` counts lines: the records behind them are not in the text. */
export async function readStoredDigest(
  bytes: Uint8Array,
  { pool, signal }: { readonly pool: WorkerPool; readonly signal?: AbortSignal },
): Promise<Digest> {
  const query = normaliseScanQuery({ view: 'digest', keys: [...REFERENCE_KEYS], portRule: 'as-logged' }, { nowMs: 0 });
  const source = { store: createBytesStore(bytes), prefix: '', keys: 'any', columns: DEFAULT_FORMAT } as const;
  const { answer, problems } = await runScan(query, [source], { pool, signal });
  const [problem] = problems.first;
  if (problem || answer.kind !== 'digest') {
    throw new FlowError('corrupt-object', `cannot read the stored digest: ${problem?.message}`);
  }
  const { tooFewFields, tooManyFields, badValue, badStatus } = answer.digest.tallies;
  const badLines = tooFewFields + tooManyFields + badValue + badStatus;
  if (badLines > 0) {
    throw new FlowError('corrupt-object', `cannot read the stored digest: ${badLines} lines are no flow-log records`);
  }
  return answer.digest;
}

/** A store with one object. */
function createBytesStore(bytes: Uint8Array): ObjectStore {
  const key = 'digest.log.gz';
  return {
    name: 'a stored digest',
    async *list() {
      yield {
        objects: [{ key, sizeBytes: bytes.length, etag: '', lastModifiedMs: 0, isArchived: false }],
        prefixes: [],
      };
    },
    async *read() {
      // Whoever reads owns the bytes, and may hand them to a thread.
      yield bytes.slice();
    },
    close: () => undefined,
  };
}
