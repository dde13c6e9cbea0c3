/** What a thread that digests is given when it starts. */
import { compileKernel } from '../digest/kernel-module';
import type { CompiledModules } from '../digest/web-assembly';
import { compileInflater } from './inflater-module';

export interface ThreadData {
  /** Set if the process may end soon. */
  readonly isBrief: boolean;
  /** What need not be compiled by each thread. */
  readonly modules: CompiledModules;
}

export function threadData(isBrief = false): ThreadData {
  return { isBrief, modules: { kernel: compileKernel(), inflater: compileInflater() } };
}
