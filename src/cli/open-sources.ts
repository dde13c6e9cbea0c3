/**
 * The sources that a command line names: buckets, folders, files or standard input, each behind a store that retries.
 */
import { realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { FlowError } from '../errors';
import { findField } from '../flow/fields';
import { splitLine } from '../flow/header';
import type { S3Location } from '../flow/s3-location';
import type { Source } from '../scan/select-objects';
import { createDirectoryStore } from '../store/directory-store';
import { createFilesStore } from '../store/files-store';
import { parseLocation } from '../store/location';
import type { S3Connection } from '../store/s3-connection';
import type { S3Settings } from '../store/s3-settings';
import type { ObjectStore } from '../store/store';
import { withRetry } from '../store/with-retry';
import { createStdinStore } from './stdin-store';

export interface OpenSourcesOptions {
  /** Asked for only if a bucket is named. */
  readonly settings: () => S3Settings;
  /** Every object may be a flow log, whatever its key. */
  readonly anyKey: boolean;
  /** The header line of objects that have none. */
  readonly header?: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface OpenedSources {
  readonly sources: readonly Source[];
  close(): void;
}

/** Opens what `locations` name; `-` is standard input. Throws `bad-settings` or `not-found`. Nothing is listed yet. */
export async function openSources(locations: readonly string[], options: OpenSourcesOptions): Promise<OpenedSources> {
  const { settings, anyKey, header, stdin, version, environment } = options;
  const columns = header === undefined ? undefined : columnsFromHeader(header);
  let connection: S3Connection | undefined;
  const opened: ObjectStore[] = [];
  const add = (store: ObjectStore, prefix: string, keys: Source['keys']): Source => {
    opened.push(store);
    return { store, prefix, keys: anyKey ? 'any' : keys, columns };
  };
  const openBucket = async ({ bucket, prefix, region }: S3Location): Promise<Source> => {
    // Loaded only where it is needed: it is most of what starting takes.
    const [{ createS3Connection }, { createS3Store }] = await Promise.all([
      import('../store/s3-connection'),
      import('../store/s3-store'),
    ]);
    connection ??= createS3Connection({
      settings: settings(),
      sessionName: 'vpcflow',
      userAgent: [['vpcflow', version]],
      environment,
    });
    return add(withRetry(createS3Store({ bucket, region, connection })), prefix, 'aws');
  };

  assertDisjoint(locations);
  const files: string[] = [];
  const sources: Source[] = [];
  // What is named twice in the same words is read once.
  for (const text of new Set(locations)) {
    if (text === '-') {
      sources.push(add(createStdinStore(stdin), '', 'any'));
      continue;
    }
    const location = parseLocation(text);
    if (location.kind === 's3') {
      sources.push(await openBucket(location));
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

/** The columns of `--header`, separated by spaces or commas; throws `bad-settings` if none of them is documented. */
function columnsFromHeader(header: string): readonly string[] {
  const columns = splitLine(header.replaceAll(',', ' '));
  if (!columns.some((name) => findField(name) !== undefined)) {
    throw new FlowError('bad-settings', `cannot use --header: "${header}" names no documented field`);
  }
  return columns;
}

/** Throws `bad-settings` if one location lies inside another (or is it, in other words): its records would count twice. */
function assertDisjoint(locations: readonly string[]): void {
  const places = [...new Set(locations)].flatMap((text) => {
    if (text === '-') {
      return [];
    }
    const location = parseLocation(text);
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

/** A folder inside AWS's layout as the folder before `AWSLogs` and a prefix, so that accounts, regions and days are seen. */
export function splitAtLayout(path: string): { root: string; prefix: string } {
  const segments = resolve(path).split(sep);
  const at = segments.lastIndexOf('AWSLogs');
  return at < 0
    ? { root: path, prefix: '' }
    : { root: segments.slice(0, at).join(sep) || sep, prefix: `${segments.slice(at).join('/')}/` };
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
