/**
 * The compiled kernel and how one is started.
 */
import { KERNEL_CODE } from './kernel-code.generated';
import { openMemory } from './kernel-memory';
import type { KernelExports, KernelMemory } from './kernel-memory';

/** What the kernel asks of its host. */
export interface KernelHost {
  /** The number of the text `[start, start + length)` of a column's table, met for the first time. */
  number(table: number, start: number, length: number): number;
  /** Whether a test of the filter holds for a value, 1 or 0; asked once per value. */
  decide(test: number, value: number): number;
}

/** What is used of WebAssembly's interface in JavaScript. */
declare const WebAssembly: {
  validate(code: Uint8Array): boolean;
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
};

const code = Uint8Array.from(atob(KERNEL_CODE), (character) => character.charCodeAt(0));
const compiled = WebAssembly.validate(code) ? new WebAssembly.Module(code) : undefined;

/** False where WebAssembly lacks 128-bit SIMD. */
export const isKernelAvailable = compiled !== undefined;

/** A kernel of its own memory. Must not be called unless `isKernelAvailable`. */
export function startKernel(host: KernelHost): KernelMemory {
  if (!compiled) {
    throw new Error('BUG: this machine cannot run the kernel');
  }
  return openMemory(new WebAssembly.Instance(compiled, { host }).exports as KernelExports);
}
