/**
 * The compiled inflater and how one is started.
 */
import { compileModule, startModule } from '../digest/web-assembly';
import { INFLATER_CODE } from './inflater-code.generated';

/** What `inflater/index.ts` exports. */
export interface InflaterModule {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly room: { readonly value: number };
  readonly PADDING: { readonly value: number };
  /** 1 if it could inflate the data to just that text, else 0. */
  inflate(start: number, end: number, into: number, length: number): number;
}

/** The compiled inflater; `undefined` where the machine has no SIMD. */
export function compileInflater(): object | undefined {
  return compileModule('inflater', INFLATER_CODE);
}

/** An inflater of its own memory; `undefined` where the machine has no SIMD. */
export function startInflater(): InflaterModule | undefined {
  const compiled = compileInflater();
  return compiled && (startModule(compiled, {}) as InflaterModule);
}
