/**
 * A data source opened: its settings and a store for each of its sources. Nothing is requested before a store is used.
 */

import { createLogSource } from '../logs/log-source';
import { createLogsConnection, type LogsConnection } from '../logs/logs-connection';
import type { RateGates } from '../logs/rate-gate';
import { createSliceSharing } from '../logs/share-slices';
import type { Source } from '../scan/select-objects';
import { createDirectoryStore } from '../store/directory-store';
import { readerIdentity } from '../store/reader-identity';
import { createS3Connection, type S3Connection } from '../store/s3-connection';
import type { S3Settings } from '../store/s3-settings';
import { createS3Store } from '../store/s3-store';
import type { ObjectStore } from '../store/store';
import { createByteCache } from '../store/byte-cache';
import { withCounting, type StoreCounts } from '../store/with-counting';
import { withSharing, type SharedAnswer } from '../store/with-sharing';
import { withRetry, type RetryReport } from '../store/with-retry';
import { assertAuthAllowed, readAuthRules, type RulesInput } from './auth-rules';
import { parseDataSourceSettings, type DataSourceInput, type DataSourceSettings } from './settings';
import type { BucketSettings, FolderSettings, LogGroupSettings, SourceSettings } from './source-settings';
import { withinPrefix } from './within-prefix';

/** A source that can be read. */
export interface OpenedSource {
  readonly settings: SourceSettings;
  /** For scans: tries again, counts, and reaches nothing outside of the configured prefix. */
  readonly source: Source;
  /** For the health check only: the whole bucket (a wrong prefix has to be told from the right ones), one attempt. */
  readonly probe: ObjectStore;
  /** Of a bucket or a log group; sources that sign in alike share one. */
  readonly connection?: S3Connection;
  /** What has been asked for since the source was opened, with every attempt. */
  counts(): StoreCounts;
}

export interface Instance {
  readonly settings: DataSourceSettings;
  readonly sources: readonly OpenedSource[];
  /** To AWS as the data source itself signs in, whatever its sources; shared with those that sign in alike. */
  connectOwn(): S3Connection;
  /** Where the service's digests lie. */
  readonly digests?: OpenedSource;
  /** Closes all connections. Nothing may be called after it. */
  close(): void;
}

export interface InstanceOptions {
  /** Ours, for the User-Agent header. */
  readonly version: string;
  /** Told of every attempt that failed and will be followed by another. */
  readonly report?: (source: string, retry: RetryReport) => void;
  /** Of the process: all data sources that use an account keep to its quota of CloudWatch Logs together. */
  readonly gates?: RateGates;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/** Of the cache's bytes, those for objects and listings; the rest is for digests. */
export const KEPT_OBJECTS_SHARE = 1 / 4;
/** As many of the cache's bytes are taken besides for files of stored digests. */
export const STORED_DIGESTS_SHARE = 1 / 4;
/** Sockets of all sources of a data source together; those that sign in differently have separate ones. */
const MAX_SOCKETS = 128;
const MIN_SOCKETS = 8;
/** STS ends a role's session after an hour if another role assumed it, and a machine's credentials are a role's. */
const CHAINED_SESSION_SEC = 3600;

/** Opens the data source. Throws `bad-settings`, also for what the administrator does not allow. */
export function createInstance(input: DataSourceInput, { version, report, gates, clock }: InstanceOptions): Instance {
  const settings = parseDataSourceSettings(input);
  const rules = readAuthRules(input);
  assertInstanceAllowed({ settings }, input);
  const { environment, uid } = input;
  const ofAws = settings.sources.filter((source) => source.kind !== 'directory');
  const connections = new Map<string, S3Connection>();
  // Objects and listings of the last moments, for panels that ask for the same in other ways.
  const kept = createByteCache<SharedAnswer>({ maxBytes: settings.digestCacheBytes * KEPT_OBJECTS_SHARE });
  const signInCount = new Set(ofAws.map(({ s3 }) => signInKey(s3))).size;

  const userAgent = [
    ['grafana-vpcflow', version],
    ['Grafana', environment['GF_VERSION'] ?? '?'],
  ] as const;

  const connect = (s3: S3Settings): S3Connection => {
    const key = signInKey(s3);
    let connection = connections.get(key);
    if (connection === undefined) {
      connection = createS3Connection({
        settings: s3,
        environment,
        credentialsFile: settings.credentialsFile,
        sessionName: `grafana-vpcflow-${uid}`,
        sessionDurationSec:
          s3.authType === 'ec2_iam_role'
            ? Math.min(CHAINED_SESSION_SEC, rules.sessionDurationSec)
            : rules.sessionDurationSec,
        userAgent,
        maxSockets: Math.max(MIN_SOCKETS, Math.floor(MAX_SOCKETS / signInCount)),
        connectTimeoutMs: settings.timeouts.connectMs,
        answerTimeoutMs: settings.timeouts.answerMs,
        clock,
      });
      connections.set(key, connection);
    }
    return connection;
  };

  // A source has its own rights, so nothing is shared between sources, even of one bucket. Folders are not shared: they are
  // at hand, and what a link leads to is looked at every time.
  const share = (store: ObjectStore, scope: string): ObjectStore =>
    withSharing(store, { cache: kept, scope, clock }).store;
  const openBucket = (source: BucketSettings): OpenedSource => {
    const { bucket, region } = source;
    const { listMs: listTimeoutMs, idleMs: idleTimeoutMs } = settings.timeouts;
    const connection = connect(source.s3);
    const store = createS3Store({ bucket, region, connection, listTimeoutMs, idleTimeoutMs });
    return { ...openStore(source, store, 'aws', share), connection };
  };
  const openLogGroup = (source: LogGroupSettings): OpenedSource => {
    const { name, columns } = source;
    const connection = connect(source.s3);
    const logs: LogsConnection = createLogsConnection({
      connection,
      gates,
      report:
        report &&
        (({ doing, ...retry }) => {
          report(name, { operation: 'read', key: doing, ...retry });
        }),
    });
    const sharing = createSliceSharing({ cache: kept, scope: name, clock });
    // It tries again by itself.
    const { store, pieces } = createLogSource(source, { connection: logs, columns, sharing, clock });
    const { store: counted, counts } = withCounting(store);
    return {
      settings: source,
      connection,
      probe: store,
      counts,
      source: { store: counted, prefix: '', keys: 'any', columns, pieces },
    };
  };
  const openFolder = (source: FolderSettings): OpenedSource =>
    openStore(source, createDirectoryStore({ root: source.root, confinedTo: source.localRoot }), 'auto');
  const openStore = (
    source: SourceSettings,
    probe: ObjectStore,
    keys: Source['keys'],
    share?: (store: ObjectStore, scope: string) => ObjectStore,
  ): OpenedSource => {
    const { prefix, columns, anyKey, name } = source;
    const counting = withCounting(probe);
    const retrying = withRetry(counting.store, { report: report && ((retry) => report(name, retry)) });
    return {
      settings: source,
      probe,
      counts: counting.counts,
      // The wall of the prefix is outermost: not even what is kept gets past it.
      source: {
        store: withinPrefix(share ? share(retrying, name) : retrying, prefix),
        prefix,
        keys: anyKey ? 'any' : keys,
        columns,
        ...(source.kind === 's3' && { reader: readerIdentity(source.s3) }),
      },
    };
  };

  const open = (source: SourceSettings): OpenedSource => {
    switch (source.kind) {
      case 's3':
        return openBucket(source);
      case 'logs':
        return openLogGroup(source);
      case 'directory':
        return openFolder(source);
    }
  };
  const sources = settings.sources.map(open);
  const digests = settings.digests && open(settings.digests);
  return {
    settings,
    sources,
    ...(digests && { digests }),
    connectOwn: () => connect(settings.s3),
    close() {
      [...sources, ...(digests ? [digests] : [])].forEach(({ source }) => source.store.close());
      connections.forEach((connection) => connection.close());
    },
  };
}

/**
 * Throws `bad-settings` unless the rules of this very call allow what the data source is set to. Where nothing is read
 * from AWS, nothing is asked.
 */
export function assertInstanceAllowed({ settings }: Pick<Instance, 'settings'>, input: RulesInput): void {
  const places = [...settings.sources, ...(settings.digests ? [settings.digests] : [])];
  const wanted = places.flatMap((source) => (source.kind === 'directory' ? [] : [source.s3]));
  assertAuthAllowed(wanted, readAuthRules(input));
}

/** Equal for settings that may share a connection. */
function signInKey(s3: S3Settings): string {
  return JSON.stringify(Object.entries(s3).sort(([a], [b]) => (a < b ? -1 : 1)));
}
