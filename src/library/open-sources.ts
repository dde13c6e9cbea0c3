/**
 * The sources that locations name: buckets, log groups, folders and files, each behind a store that retries.
 */
import { realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { FlowError } from '../errors';
import { isSameLogGroup, type LogsLocation } from '../flow/logs-location';
import type { S3Location } from '../flow/s3-location';
import { parseLogFormat } from '../query/log-format';
import { keyOfSlice, sliceOfKey } from '../logs/time-slices';
import type { Pieces, Source } from '../scan/select-objects';
import { createDirectoryStore } from '../store/directory-store';
import { createFilesStore } from '../store/files-store';
import { parseLocation } from '../store/location';
import type { LogsConnection } from '../logs/logs-connection';
import type { S3Connection } from '../store/s3-connection';
import type { S3Settings } from '../store/s3-settings';
import type { ObjectStore } from '../store/store';
import { splitAtLayout } from '../store/split-at-layout';
import { withRetry } from '../store/with-retry';

/** How sources are opened. */
export interface OpenSourcesOptions {
  /** Asked for only if a bucket or a log group is named. */
  readonly settings: () => S3Settings;
  /** Every object may be a flow log, whatever its key. */
  readonly anyKey?: boolean;
  /** The header line of objects that have none. */
  readonly header?: string;
  /** Of CloudWatch Logs: what log groups are asked for. */
  readonly filterPattern?: string;
  /** What `-` stands for. */
  readonly standardInput?: () => ObjectStore;
  /** Of this project, for AWS to know. */
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Where flow logs are read. */
export interface OpenedSources {
  readonly sources: readonly Source[];
  /** Releases connections; nothing may be read afterwards. */
  close(): void;
}

/** Opens what `locations` name; `-` is standard input if there is one. Throws `bad-settings` or `not-found`. Nothing is listed yet. */
export async function openSources(locations: readonly string[], options: OpenSourcesOptions): Promise<OpenedSources> {
  const { settings, anyKey = false, header, filterPattern, standardInput, version, environment } = options;
  const columns = header === undefined ? undefined : parseLogFormat(header);
  let connection: S3Connection | undefined;
  let logsConnection: LogsConnection | undefined;
  const opened: ObjectStore[] = [];
  const add = (store: ObjectStore, prefix: string, keys: Source['keys']): Source => {
    opened.push(store);
    return { store, prefix, keys: anyKey ? 'any' : keys, columns };
  };
  const userAgent = [['vpcflow', version]] as const;
  // What needs the AWS SDK is loaded only where it is needed: it is most of what starting takes.
  const connect = async (): Promise<S3Connection> => {
    const { createS3Connection } = await import('../store/s3-connection');
    connection ??= createS3Connection({ settings: settings(), sessionName: 'vpcflow', userAgent, environment });
    return connection;
  };
  const openBucket = async ({ bucket, prefix, region }: S3Location): Promise<Source> => {
    const [own, { createS3Store }] = await Promise.all([connect(), import('../store/s3-store')]);
    return add(withRetry(createS3Store({ bucket, region, connection: own })), prefix, 'aws');
  };
  const openLogGroup = async (location: LogsLocation): Promise<Source> => {
    const [own, { createLogsConnection }, { createLogSource }] = await Promise.all([
      connect(),
      import('../logs/logs-connection'),
      import('../logs/log-source'),
    ]);
    logsConnection ??= createLogsConnection({ connection: own });
    const { store, pieces } = createLogSource(location, {
      connection: logsConnection,
      defaultRegion: own.settings.region,
      columns,
    });
    const searched = filterPattern === undefined ? pieces : withPattern(pieces, location.group, filterPattern);
    return { ...add(store, '', 'any'), pieces: searched };
  };

  assertDisjoint(locations, settings);
  const files: string[] = [];
  const sources: Source[] = [];
  // What is named twice in the same words is read once.
  for (const text of new Set(locations)) {
    if (text === '-' && standardInput) {
      sources.push(add(standardInput(), '', 'any'));
      continue;
    }
    const location = parseLocation(text);
    if (location.kind === 's3') {
      sources.push(await openBucket(location));
    } else if (location.kind === 'logs') {
      sources.push(await openLogGroup(location));
    } else if (isDirectory(location.path)) {
      const { root, prefix } = splitAtLayout(location.path);
      sources.push(add(createDirectoryStore({ root }), prefix, 'auto'));
    } else {
      files.push(location.path);
    }
  }
  if (files.length > 0) {
    sources.push(add(createFilesStore(files), '', 'any'));
  }
  return {
    sources,
    close() {
      opened.forEach((store) => store.close());
      connection?.close();
    },
  };
}

/** Pieces of which only events that match the pattern are read. */
function withPattern(pieces: Pieces, group: string, pattern: string): Pieces {
  return {
    ...pieces,
    async select(asked) {
      const selected = await pieces.select(asked);
      return selected.map((piece) => ({
        ...piece,
        key: keyOfSlice(group, { ...sliceOfKey(group, piece.key), pattern }),
      }));
    },
  };
}

/**
 * Throws `bad-settings` if one location lies inside another (or is it, in other words): its records would count twice.
 * Of the settings only the region matters, where a log group names none.
 */
function assertDisjoint(locations: readonly string[], settings: () => S3Settings): void {
  const groups: { readonly text: string; readonly location: LogsLocation }[] = [];
  const places = [...new Set(locations)].flatMap((text) => {
    if (text === '-') {
      return [];
    }
    const location = parseLocation(text);
    if (location.kind === 'logs') {
      const isOpen = [...groups.map((other) => other.location), location].some(({ region }) => region === undefined);
      const here = isOpen ? settings().region : undefined;
      const twin = groups.find((other) => isSameLogGroup(other.location, location, here));
      if (twin) {
        throw new FlowError(
          'bad-settings',
          `cannot read ${text}: it is the log group of ${twin.text} and would count twice (groups of two accounts are told apart by their ARNs)`,
        );
      }
      groups.push({ text, location });
      return [];
    }
    const place =
      location.kind === 's3' ? `s3://${location.bucket}/${location.prefix}` : `${realPath(location.path)}${sep}`;
    return [{ text, place }];
  });
  for (const inner of places) {
    const outer = places.find((other) => other !== inner && inner.place.startsWith(other.place));
    if (outer) {
      throw new FlowError(
        'bad-settings',
        `cannot read ${inner.text}: it lies inside ${outer.text} and would count twice`,
      );
    }
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // What cannot be resolved is reported when it is opened.
    return resolve(path);
  }
}

function isDirectory(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) {
    throw new FlowError(
      'not-found',
      `cannot read ${path}: there is no such file or folder (buckets are s3://bucket/prefix)`,
      {
        fields: { key: path },
      },
    );
  }
  return stats.isDirectory();
}
