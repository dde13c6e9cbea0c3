/**
 * The health of some sources of a data source, as whoever asks may know it: all tried within one fixed time, some at a time.
 */
import { FlowError } from '../errors';
import { fetchCallerIdentity, type CallerIdentity } from '../store/caller-identity';
import { checkSource, type SourceHealth } from './check-source';
import type { Forwarding } from './forwarding';
import type { OpenedSource } from './instance';
import { reduceHealth } from './reduce-health';

export interface CheckSourcesOptions {
  /** What Grafana tells this plugin. */
  readonly forwarding: Forwarding;
  /** The role of who asks; anyone but an `Admin`, nobody too, is not told whose credentials are used and what else there is. */
  readonly role?: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** All sources together. */
  readonly timeoutMs?: number;
  /** Sources at a time. */
  readonly concurrency?: number;
  /** Of the call. */
  readonly signal?: AbortSignal;
}

/** Checks them, in their order. Throws only `aborted`, when the call's own signal is. */
export async function checkSources(
  sources: readonly OpenedSource[],
  { forwarding, role, nowMs, timeoutMs = 10_000, concurrency = 4, signal: callSignal }: CheckSourcesOptions,
): Promise<readonly SourceHealth[]> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = callSignal ? AbortSignal.any([deadline, callSignal]) : deadline;
  const identities = new Map<unknown, Promise<CallerIdentity>>();
  const identify = (connection: NonNullable<OpenedSource['connection']>): Promise<CallerIdentity> => {
    const identity = identities.get(connection) ?? fetchCallerIdentity(connection, signal);
    identities.set(connection, identity);
    return identity;
  };
  const results = await mapWithLimit(sources, concurrency, async (source) => {
    const health = await checkSource(source, { signal, nowMs, forwarding, identify });
    return isAdmin(role) ? health : reduceHealth(health, source.settings);
  });
  if (callSignal?.aborted) {
    throw new FlowError('aborted', 'cannot check the data source: the request was cancelled');
  }
  return results;
}

/** True for the role that may know whose credentials are used. */
export function isAdmin(role: string | undefined): boolean {
  return role === 'Admin';
}

/** Applies a function that never rejects, to at most `limit` at a time; results in the order of the values. */
async function mapWithLimit<T, R>(values: readonly T[], limit: number, apply: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const entries = values.entries();
  const work = async () => {
    for (const [index, value] of entries) {
      results[index] = await apply(value);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, work));
  return results;
}
