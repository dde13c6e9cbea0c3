/**
 * The health of places of a data source, as whoever asks may know it: all tried within one fixed time, some at a time.
 */
import { FlowError } from '../errors';
import { fetchCallerIdentity, type CallerIdentity } from '../store/caller-identity';
import { checkDigests, type DigestsHealth } from './check-digests';
import { checkSource, type SourceHealth } from './check-source';
import type { CheckOptions } from './check-steps';
import type { Forwarding } from './forwarding';
import type { Instance, OpenedSource } from './instance';
import { reduceDigestsHealth, reduceHealth } from './reduce-health';

export interface CheckPlacesOptions {
  /** What Grafana tells this plugin. */
  readonly forwarding: Forwarding;
  /** The role of who asks; anyone but an `Admin`, nobody too, is not told whose credentials are used and what else there is. */
  readonly role?: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** All places together. */
  readonly timeoutMs?: number;
  /** Sources at a time. */
  readonly concurrency?: number;
  /** Of the call. */
  readonly signal?: AbortSignal;
}

/** What is to be checked. */
export interface CheckedPlaces {
  readonly sources: readonly OpenedSource[];
  /** Of this instance the place of stored digests, if it has one. */
  readonly digestsOf?: Instance;
}

export interface PlacesHealth {
  /** In the order of the sources. */
  readonly sources: readonly SourceHealth[];
  readonly digests?: DigestsHealth;
}

/** Checks them all. Throws only `aborted`, when the call's own signal is. */
export async function checkPlaces(
  { sources, digestsOf }: CheckedPlaces,
  { forwarding, role, nowMs, timeoutMs = 10_000, concurrency = 4, signal: callSignal }: CheckPlacesOptions,
): Promise<PlacesHealth> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = callSignal ? AbortSignal.any([deadline, callSignal]) : deadline;
  const identities = new Map<unknown, Promise<CallerIdentity>>();
  const identify: CheckOptions['identify'] = (connection) => {
    const identity = identities.get(connection) ?? fetchCallerIdentity(connection, signal);
    identities.set(connection, identity);
    return identity;
  };
  const options: CheckOptions = { signal, nowMs, forwarding, identify };
  const [results, digests] = await Promise.all([
    mapWithLimit(sources, concurrency, async (source) => {
      const health = await checkSource(source, options);
      return isAdmin(role) ? health : reduceHealth(health, source.settings);
    }),
    digestsOf && checkDigests(digestsOf, options),
  ]);
  if (callSignal?.aborted) {
    throw new FlowError('aborted', 'cannot check the data source: the request was cancelled');
  }
  const told = digests && !isAdmin(role) ? reduceDigestsHealth(digests, digestsOf!.digests!.settings) : digests;
  return { sources: results, ...(told && { digests: told }) };
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
