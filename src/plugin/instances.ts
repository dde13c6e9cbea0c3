/**
 * The data sources that are open, one instance each. Grafana sends a data source's settings with every call and never
 * says when one changes or goes, so it is seen here: by what the settings are made of, and by nobody asking.
 */

import { createHash } from 'node:crypto';

import { FlowError } from '../errors';
import type { DataSourceInput } from './settings';

/** Runs something later; the result cancels it. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

export interface InstancesOptions<T> {
  /** Opens a data source; called once for all calls that come meanwhile. Its failure is theirs, and not remembered. */
  readonly create: (input: DataSourceInput) => T | Promise<T>;
  /** Throws if this call may not use the instance; asked on every call, before anything else is done with it. */
  readonly assertAllowed?: (instance: T, input: DataSourceInput) => void;
  /** How long calls that began with former settings may go on before their instance is closed. */
  readonly graceMs?: number;
  /** An instance that nobody used for this long is closed. */
  readonly idleMs?: number;
  readonly schedule?: Schedule;
}

export interface Instances<T> {
  /** Runs a call with the instance of its data source, which stays open until the call has ended (or the grace period). */
  use<R>(input: DataSourceInput, run: (instance: T) => R | Promise<R>): Promise<R>;
  /** Open instances, also those that only wait for their last calls. */
  openCount(): number;
  /** Closes all at once, whatever still runs; later calls fail with `aborted`. */
  close(): Promise<void>;
}

interface Entry<T> {
  readonly fingerprint: string;
  readonly instance: Promise<T>;
  users: number;
  isRetired: boolean;
  cancelTimer: () => void;
  isClosed: boolean;
}

const DEFAULT_GRACE_MS = 10 * 60_000;
const DEFAULT_IDLE_MS = 60 * 60_000;

/** Creates an empty set. */
export function createInstances<T extends { close(): unknown }>({
  create,
  assertAllowed,
  graceMs = DEFAULT_GRACE_MS,
  idleMs = DEFAULT_IDLE_MS,
  schedule = scheduleQuietly,
}: InstancesOptions<T>): Instances<T> {
  /** By organisation and uid: the entry that new calls get. */
  const current = new Map<string, Entry<T>>();
  const open = new Set<Entry<T>>();
  let isClosed = false;

  const closeEntry = async (entry: Entry<T>): Promise<void> => {
    entry.cancelTimer();
    if (!entry.isClosed) {
      entry.isClosed = true;
      open.delete(entry);
      try {
        await (await entry.instance).close();
      } catch {
        // It never opened, or has nothing more to give back; no call is to fail for that.
      }
    }
  };
  const remove = (key: string, entry: Entry<T>): void => {
    if (current.get(key) === entry) {
      current.delete(key);
    }
  };
  const retire = (key: string, entry: Entry<T>): void => {
    remove(key, entry);
    entry.isRetired = true;
    entry.cancelTimer();
    if (entry.users === 0) {
      void closeEntry(entry);
    } else {
      entry.cancelTimer = schedule(() => void closeEntry(entry), graceMs);
    }
  };
  const entryFor = (key: string, input: DataSourceInput): Entry<T> => {
    const fingerprint = fingerprintOf(input);
    const present = current.get(key);
    if (present?.fingerprint === fingerprint) {
      return present;
    }
    if (present) {
      retire(key, present);
    }
    const entry: Entry<T> = {
      fingerprint,
      // Also what `create` throws at once becomes a rejection.
      instance: (async () => create(input))(),
      users: 0,
      isRetired: false,
      cancelTimer: () => undefined,
      isClosed: false,
    };
    entry.instance.catch(() => {
      remove(key, entry);
      open.delete(entry);
    });
    current.set(key, entry);
    open.add(entry);
    return entry;
  };

  return {
    async use(input, run) {
      if (isClosed) {
        throw new FlowError('aborted', 'cannot answer: the plugin is shutting down');
      }
      const key = JSON.stringify([input.orgId, input.uid]);
      const entry = entryFor(key, input);
      entry.users++;
      entry.cancelTimer();
      try {
        const instance = await entry.instance;
        assertAllowed?.(instance, input);
        return await run(instance);
      } finally {
        entry.users--;
        if (entry.users === 0 && entry.isRetired) {
          await closeEntry(entry);
        } else if (entry.users === 0 && open.has(entry)) {
          entry.cancelTimer = schedule(() => retire(key, entry), idleMs);
        }
      }
    },
    openCount: () => open.size,
    async close() {
      isClosed = true;
      current.clear();
      await Promise.all([...open].map(closeEntry));
    },
  };
}

/** Never keeps the process alive. */
function scheduleQuietly(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/**
 * Equal as long as nothing changed that an instance is made of. The time of the last change alone would not do: some of
 * Grafana's databases keep it by the second. Of `grafanaConfig` only AWS's entries count, since others (feature toggles)
 * may differ from call to call.
 */
function fingerprintOf({ updatedMs, name, jsonData, secureJsonData, grafanaConfig }: DataSourceInput): string {
  const sorted = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  const aws = sorted(grafanaConfig).filter(([key]) => key.startsWith('AWS_'));
  const parts = [updatedMs, name, jsonData ?? null, sorted(secureJsonData), aws];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
