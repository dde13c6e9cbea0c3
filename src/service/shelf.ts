/**
 * All that there is of one kind, digests or graphs: what is stored, what is under way and what waits; and the answers that
 * follow from these three together.
 */
import { createJob } from './job';
import { parsePackName } from '../scan/pack-names';
import type { JobQueue } from './job-queue';
import type { Progress } from './progress';
import { readWhole, type OpenedObject, type Storage } from './storage';
import type { ProductKind, Window } from './window';
import type { Product } from './work-job';

export interface Shelf {
  readonly kind: ProductKind;
  readonly storage: Storage;
  readonly progress: Progress;
  readonly queue: JobQueue;
  /** Told of each product that has been stored. */
  readonly onStored?: () => void;
}

/** What is said of a product beside it; stored in JSON. */
export interface ProductFacts {
  readonly id: string;
  readonly kind: ProductKind;
  /** RFC 3339. */
  readonly start: string;
  readonly stop: string;
  readonly made: string;
  /** False if something of the window could not be read and never will be. */
  readonly complete: boolean;
  /** What could not be read, in words. */
  readonly notices: readonly string[];
  /** Lines of a digest. */
  readonly rowCount?: number;
  readonly records?: number;
  /** Objects whose own digests are in the pack of the window. */
  readonly packedObjects?: number;
  readonly bytes?: number;
}

/** Where a window is. */
export interface ProductStatus {
  readonly state: 'ready' | 'queued' | 'working' | 'failed' | 'unknown';
  /** Why it failed. */
  readonly reason?: string;
}

/** The names under which the Go services stored; digests are gzip, graphs plain. */
const SUFFIX: Readonly<Record<ProductKind, string>> = { digest: '.log.gz', graph: '.dot' };

/** The name of a stored digest or graph. */
export function productName(kind: ProductKind, id: string): string {
  return `${id}${SUFFIX[kind]}`;
}

function factsName(id: string): string {
  return `${id}.json`;
}

/** Opens a stored product; `undefined` if it is not there. */
export function openProduct({ kind, storage }: Shelf, id: string): Promise<OpenedObject | undefined> {
  return storage.open(productName(kind, id));
}

/** The whole stored product; `undefined` if it is not there. */
export function readProduct({ kind, storage }: Shelf, id: string): Promise<Buffer | undefined> {
  return readWhole(storage, productName(kind, id));
}

/** What is said of a stored product; products of the Go services have nothing beside them. */
export async function readFacts({ storage }: Shelf, id: string): Promise<ProductFacts | undefined> {
  const bytes = await readWhole(storage, factsName(id));
  return bytes && (JSON.parse(bytes.toString()) as ProductFacts);
}

/** Stores a product, last of all that belongs to it: it is there from the moment it can be read, and then the rest is. */
export async function storeProduct(
  { kind, storage, onStored }: Shelf,
  { facts, bytes, packs = [] }: Product,
): Promise<void> {
  await storage.write(factsName(facts.id), Buffer.from(JSON.stringify(facts)));
  for (const pack of packs) {
    await storage.write(pack.name, pack.bytes);
  }
  await storage.write(productName(kind, facts.id), bytes);
  onStored?.();
}

/** True if the product is stored. */
export function hasProduct({ kind, storage }: Shelf, id: string): Promise<boolean> {
  return storage.exists(productName(kind, id));
}

/** Where a window is. What is stored is ready, whatever a marker says. */
export async function describeProduct(shelf: Shelf, id: string): Promise<ProductStatus> {
  if (await hasProduct(shelf, id)) {
    return { state: 'ready' };
  }
  const mark = await shelf.progress.read(id);
  if (mark && mark.state !== 'failed') {
    return { state: mark.state };
  }
  // A marker runs out while its job waits behind many others.
  if ((await shelf.queue.holds(id)) === true) {
    return { state: 'queued' };
  }
  // The worker may have finished between the first look and the second.
  if (await hasProduct(shelf, id)) {
    return { state: 'ready' };
  }
  return mark ? { state: 'failed', reason: mark.reason } : { state: 'unknown' };
}

/** What came of asking for a window. */
export type RequestOutcome = 'queued' | 'in-progress' | 'exists';

/** Asks for a window: of any number who ask at a time, one gets `queued`, and there is one job. */
export async function requestProduct(shelf: Shelf, window: Window): Promise<RequestOutcome> {
  const job = createJob(shelf.kind, window);
  if (await hasProduct(shelf, job.id)) {
    return 'exists';
  }
  const reservation = await shelf.progress.reserve(job.id);
  if (!reservation) {
    return (await hasProduct(shelf, job.id)) ? 'exists' : 'in-progress';
  }
  try {
    // A worker may have finished between the first look and the reservation.
    if (await hasProduct(shelf, job.id)) {
      await reservation.cancel();
      return 'exists';
    }
    if ((await shelf.queue.holds(job.id)) === true) {
      await reservation.confirm();
      return 'in-progress';
    }
    await shelf.queue.push(job);
  } catch (thrown) {
    await reservation.cancel();
    throw thrown;
  }
  await reservation.confirm();
  return 'queued';
}

/** Removes products that were stored before `beforeMs` (Unix milliseconds), with their facts; how many files. */
export async function removeOldProducts({ storage, kind }: Shelf, beforeMs: number): Promise<number> {
  let removed = 0;
  for await (const { name, modifiedMs } of storage.list()) {
    // Nothing else in a shared bucket is ours to remove.
    const id = name.slice(0, 36);
    const isOurs =
      name === productName(kind, id) ||
      name === factsName(id) ||
      (kind === 'digest' && parsePackName(name) !== undefined);
    if (modifiedMs < beforeMs && isOurs) {
      await storage.remove(name);
      removed++;
    }
  }
  return removed;
}
