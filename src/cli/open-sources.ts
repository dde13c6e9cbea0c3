/**
 * The sources that a command line names: buckets, folders, files or standard input, each behind a store that retries.
 */
import { statSync } from 'node:fs';
import { FlowError } from '../errors';
import { splitLine } from '../flow/header';
import type { Source } from '../scan/select-objects';
import { createDirectoryStore } from '../store/directory-store';
import { createFilesStore } from '../store/files-store';
import { parseLocation } from '../store/location';
import type { S3Location } from '../store/location';
import { createS3Connection } from '../store/s3-connection';
import type { S3Connection } from '../store/s3-connection';
import type { S3Settings } from '../store/s3-settings';
import { createS3Store } from '../store/s3-store';
import type { ObjectStore } from '../store/store';
import { withRetry } from '../store/with-retry';
import { createStdinStore } from './stdin-store';

export interface OpenSourcesOptions {
  readonly settings: S3Settings;
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
export function openSources(locations: readonly string[], options: OpenSourcesOptions): OpenedSources {
  const { settings, anyKey, header, stdin, version, environment } = options;
  const columns = header === undefined ? undefined : splitLine(header);
  if (columns?.length === 0) {
    throw new FlowError('bad-settings', 'cannot use --header: it names no column');
  }
  let connection: S3Connection | undefined;
  const opened: ObjectStore[] = [];
  const add = (store: ObjectStore, prefix: string, keys: Source['keys']): Source => {
    opened.push(store);
    return { store, prefix, keys: anyKey ? 'any' : keys, columns };
  };
  const openBucket = ({ bucket, prefix, region }: S3Location): Source => {
    connection ??= createS3Connection({
      settings,
      sessionName: 'vpcflow',
      userAgent: [['vpcflow', version]],
      environment,
    });
    return add(withRetry(createS3Store({ bucket, region, connection })), prefix, 'aws');
  };

  const files: string[] = [];
  const sources: Source[] = [];
  // What is named twice is read once.
  for (const text of new Set(locations)) {
    if (text === '-') {
      sources.push(add(createStdinStore(stdin), '', 'any'));
      continue;
    }
    const location = parseLocation(text);
    if (location.kind === 's3') {
      sources.push(openBucket(location));
    } else if (isDirectory(location.path)) {
      sources.push(add(createDirectoryStore({ root: location.path }), '', 'auto'));
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
