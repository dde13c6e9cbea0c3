/** Adds up digests that are no whole answer, in a thread. */
import type { DigestPlan } from '../digest/plan';
import type { ObjectDigest } from './digest-cache';
import type { WorkerPool } from './worker-pool';

/**
 * Digests of one plan as one: sorted, in shared memory, and with all that tells copies, so that it may be added up again.
 * The list must not be empty.
 */
export async function mergeInPool(
  pool: WorkerPool,
  plan: DigestPlan,
  own: readonly ObjectDigest[],
): Promise<ObjectDigest> {
  const always = { ...plan, range: undefined, maxKeys: Infinity };
  const session = pool.openScan(always, { maxObjectTextBytes: 0, isPartOfMore: true });
  try {
    await session.addDigests(own.map(({ digest }) => digest));
    const answer = await session.finish({ shared: true });
    if (answer.kind !== 'digest') {
      throw new Error('BUG: digests add up to records');
    }
    return {
      digest: answer.digest,
      span: {
        firstSec: Math.min(...own.map(({ span }) => span.firstSec)),
        lastSec: Math.max(...own.map(({ span }) => span.lastSec)),
        hasUntimed: own.some(({ span }) => span.hasUntimed),
      },
    };
  } catch (thrown) {
    session.drop();
    throw thrown;
  }
}
