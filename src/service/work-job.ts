/**
 * One job, from the claim to the stored product. Whatever ends it midway, the job is still in its queue and the claim runs
 * out or is handed back, so that it can be worked again; working it twice stores the same.
 */
import { FlowError, abortError } from '../errors';
import type { Job } from './job';
import { hasProduct, storeProduct, type ProductFacts, type Shelf } from './shelf';

/** What is stored of a window. */
export interface Product {
  readonly facts: ProductFacts;
  readonly bytes: Uint8Array;
  /** What is stored beside it, for the Grafana data source. */
  readonly packs?: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** Makes the product of a job. Throws `aborted` if the signal says so. */
export type MakeProduct = (job: Job, signal: AbortSignal) => Promise<Product>;

export type WorkOutcome = 'made' | 'exists' | 'busy';

/**
 * Works a job; `busy` if another worker has it. Throws what kept it from being made; it may then be tried again.
 */
export async function workJob(
  shelf: Shelf,
  job: Job,
  {
    make,
    signal,
    hold,
  }: { readonly make: MakeProduct; readonly signal: AbortSignal; readonly hold?: () => Promise<void> },
): Promise<WorkOutcome> {
  const { progress } = shelf;
  const claim = await progress.claim(job.id);
  if (!claim) {
    return 'busy';
  }
  const stopping = new AbortController();
  const onAbort = (): void => stopping.abort(abortError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) {
    onAbort();
  }
  const keepAlive = setInterval(() => {
    // A renewal that cannot be written is no reason to stop: storing asks once more.
    void Promise.all([claim.renew(), hold?.()])
      .then(([isOurs]) => isOurs || stopping.abort(lostClaim(job)))
      .catch(() => undefined);
  }, progress.timeoutMs / 3);
  // What is being worked keeps the process; this alone would be no reason.
  keepAlive.unref();
  try {
    if (await hasProduct(shelf, job.id)) {
      await claim.release();
      return 'exists';
    }
    const product = await make(job, stopping.signal);
    if (stopping.signal.aborted) {
      throw abortError(stopping.signal);
    }
    if (!(await claim.renew())) {
      throw lostClaim(job);
    }
    await storeProduct(shelf, product);
    await claim.release();
    return 'made';
  } catch (thrown) {
    // Without this the job is free again when the claim has run out; the failure is the news.
    await claim.handBack().catch(() => undefined);
    throw stopping.signal.aborted ? abortError(stopping.signal) : thrown;
  } finally {
    clearInterval(keepAlive);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Says of a job that it failed for good: whoever asks again starts it anew. Nothing if another worker has it. */
export async function failJob({ progress }: Shelf, job: Job, reason: string): Promise<void> {
  const claim = await progress.claim(job.id);
  await claim?.fail(reason);
}

function lostClaim({ kind, id }: Job): FlowError {
  return new FlowError('unavailable', `cannot go on with ${kind} ${id}: another worker has taken it over`, {
    fields: { id },
  });
}
