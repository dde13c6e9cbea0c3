/**
 * The compiled kernel and how one is started.
 */
import { FlowError } from '../errors';
import { KERNEL_CODE } from './kernel-code.generated';
import { openMemory } from './kernel-memory';
import type { KernelExports, KernelMemory } from './kernel-memory';
import { compileModule, isTrap, startModule } from './web-assembly';

/** What the kernel asks of its host. */
export interface KernelHost {
  /** The number of the text `[start, start + length)` of a column's table, met for the first time. */
  number(table: number, start: number, length: number): number;
  /** Whether a test of the filter holds for a value, 1 or 0; asked once per value. */
  decide(test: number, value: number): number;
}

/** The compiled kernel; `undefined` where WebAssembly lacks 128-bit SIMD. */
export function compileKernel(): object | undefined {
  return compileModule('kernel', KERNEL_CODE);
}

/** A kernel of its own memory. Must not be called unless `compileKernel` gives one. */
export function startKernel(host: KernelHost): KernelMemory {
  const compiled = compileKernel();
  if (!compiled) {
    throw new Error('BUG: this machine cannot run the kernel');
  }
  const exports = startModule(compiled, {
    host: {
      ...host,
      number: (table: number, start: number, length: number) => host.number(table, start >>> 0, length >>> 0),
    },
  });
  return openMemory(guardExports(exports as KernelExports));
}

/**
 * The kernel's functions as its host wants them: addresses and counts, which are signed where they cross into JavaScript,
 * are not negative; and a kernel that has no more memory is `over-limit`.
 */
function guardExports(exports: KernelExports): KernelExports {
  const guarded = Object.entries(exports).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function') {
      return [name, member];
    }
    const isAddress = ADDRESSES.has(name);
    return [
      name,
      (...values: unknown[]): unknown => {
        try {
          const result: unknown = Reflect.apply(member, undefined, values);
          return isAddress ? (result as number) >>> 0 : result;
        } catch (thrown) {
          throw isTrap(thrown) && /unreachable/i.test(thrown.message) ? outOfMemory(thrown) : thrown;
        }
      },
    ];
  });
  return Object.fromEntries(guarded) as KernelExports;
}

/** What gives addresses or counts of 32 bits. */
const ADDRESSES: ReadonlySet<string> = new Set([
  'addressesAt',
  'allocate',
  'allocateZeros',
  'mark',
  'scan',
  'countRecorders',
  'countRows',
  'keepLargest',
  'leaveRows',
  'partRows',
  'recordersAt',
  'registerAt',
]);

function outOfMemory(cause: unknown): FlowError {
  return new FlowError(
    'over-limit',
    'cannot digest: the groups need more memory than a thread has (4 GiB, or what the machine gives); group by fewer fields, filter, or lower the limit of keys',
    { fields: { limit: 'memory' }, cause },
  );
}
