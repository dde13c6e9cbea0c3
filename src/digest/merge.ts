/**
 * Merges digests of one plan; it is associative and does not depend on the order of its arguments. Without the kernel all
 * digests are sorted, and merging two is one walk in step.
 */
import { canUseKernel, createKernel } from './create-kernel';
import { addTallies } from './digest';
import type { Digest } from './digest';
import { compareRows } from './order-rows';
import { decodeRows, rowWidth, unifySpecs } from './encode-columns';
import { addEnds } from './logged-ends';
import type { DigestPlan } from './plan';
import { createRegisters } from './registers';

export interface EngineOptions {
  /** `scanner`: do without the kernel, as where it cannot be used. */
  readonly engine?: 'kernel' | 'scanner';
}

/** As many are merged in less time than it takes to start a kernel. */
const FEW_ROWS = 5000;

/** All digests as one. The list must not be empty; the digests must come of one plan and are not changed. */
export function mergeDigests(digests: readonly Digest[], { engine = 'kernel' }: EngineOptions = {}): Digest {
  if (digests.length === 0) {
    throw new Error('BUG: there is no digest to merge');
  }
  const plans = digests.map(planOf);
  const shapes = plans.map(({ keys, sums, bucketSec }) => JSON.stringify([keys, sums, bucketSec]));
  const other = shapes.find((shape) => shape !== shapes[0]);
  if (other !== undefined) {
    throw new Error(`BUG: digests of different plans cannot be merged (${shapes[0]}, ${other})`);
  }
  const isSorted = digests.every(({ isUnsorted }) => !isUnsorted);
  const rowCount = digests.reduce((sum, digest) => sum + digest.rowCount, 0);
  const isKernelWorth = !isSorted || (digests.length > 1 && rowCount > FEW_ROWS);
  const registers = createRegisters(plans[0]!);
  if (engine === 'kernel' && isKernelWorth && canUseKernel(plans[0]!, registers)) {
    const kernel = createKernel(plans[0]!, registers);
    digests.forEach(kernel.absorb);
    return {
      ...kernel.finish({ sorted: true, shared: false }),
      tallies: digests.map(({ tallies }) => tallies).reduce(addTallies),
      ...endsOf(digests),
    };
  }
  let level = digests;
  while (level.length > 1) {
    const next: Digest[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1];
      next.push(right ? mergeTwo(level[i]!, right) : level[i]!);
    }
    level = next;
  }
  return level[0]!;
}

/** A plan that makes such digests. */
function planOf({ keys, sums, bucketStartSec }: Digest): DigestPlan {
  return {
    kind: 'digest',
    keys: keys.map(({ kind, name }) => ({ kind, name })),
    sums: sums.map(({ name }) => name),
    bucketSec: bucketStartSec ? 1 : undefined,
    portRule: 'as-logged',
    maxKeys: Infinity,
  };
}

function endsOf(digests: readonly Digest[]): Pick<Digest, 'ends'> {
  const told = digests.flatMap(({ ends }) => ends ?? []);
  return told.length === 0 ? {} : { ends: addEnds(told) };
}

function mergeTwo(a: Digest, b: Digest): Digest {
  const tallies = addTallies(a.tallies, b.tallies);
  const ends = endsOf([a, b]);
  if (a.rowCount === 0 || b.rowCount === 0) {
    return { ...(a.rowCount === 0 ? b : a), tallies, ...ends };
  }
  const { spec, encodeA, encodeB } = unifySpecs(a, b);
  const left = encodeA();
  const right = encodeB();
  // Per output row the row of each side, or none: −1.
  const fromA = new Int32Array(a.rowCount + b.rowCount);
  const fromB = new Int32Array(a.rowCount + b.rowCount);
  let rowCount = 0;
  for (let i = 0, j = 0; i < a.rowCount || j < b.rowCount; rowCount++) {
    const side = i >= a.rowCount ? 1 : j >= b.rowCount ? -1 : compareRows(left, i, right, j);
    fromA[rowCount] = side <= 0 ? i++ : -1;
    fromB[rowCount] = side >= 0 ? j++ : -1;
  }

  const width = rowWidth(spec);
  const words = new Uint32Array(rowCount * width);
  for (let row = 0, to = 0; row < rowCount; row++) {
    const i = fromA[row]!;
    const source = i >= 0 ? left.words : right.words;
    for (let at = (i >= 0 ? i : fromB[row]!) * width, end = at + width; at < end; at++, to++) {
      words[to] = source[at]!;
    }
  }
  // Rows of one side only keep their value, whatever the rule for rows of both.
  const combine = (x: Float64Array, y: Float64Array, rule: 'sum' | 'min' | 'max'): Float64Array => {
    const result = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const i = fromA[row]!;
      const j = fromB[row]!;
      if (i < 0) {
        result[row] = y[j]!;
      } else if (j < 0) {
        result[row] = x[i]!;
      } else {
        const p = x[i]!;
        const q = y[j]!;
        result[row] = rule === 'sum' ? p + q : p < q === (rule === 'min') ? p : q;
      }
    }
    return result;
  };
  return {
    rowCount,
    ...decodeRows({ width, rowCount, words }, spec),
    flows: combine(a.flows, b.flows, 'sum'),
    sums: a.sums.map(({ name, values }, i) => ({ name, values: combine(values, b.sums[i]!.values, 'sum') })),
    minStartSec: combine(a.minStartSec, b.minStartSec, 'min'),
    maxEndSec: combine(a.maxEndSec, b.maxEndSec, 'max'),
    tallies,
    ...ends,
  };
}
