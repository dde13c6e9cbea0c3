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

const compiled = compileModule(INFLATER_CODE);

/** An inflater of its own memory; `undefined` where the machine has no SIMD. */
export function startInflater(): InflaterModule | undefined {
  return compiled && (startModule(compiled, {}) as InflaterModule);
}
