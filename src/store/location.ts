/**
 * Where flow logs lie, as people write it: in S3 (`flow/s3-location`), in a log group (`flow/logs-location`) or in a folder.
 * Only the text is read here; nothing is looked up.
 */

import { fileURLToPath } from 'node:url';

import { parseLogsLocation, type LogsLocation } from '../flow/logs-location';
import { locationError, parseBucketAndPrefix, parseS3Location, type S3Location } from '../flow/s3-location';

/** A folder on this machine. */
export interface DirectoryLocation {
  readonly kind: 'directory';
  readonly path: string;
}

export type Location = S3Location | LogsLocation | DirectoryLocation;

export interface ParseLocationOptions {
  /** Read `name/prefix` as a bucket and not as a relative path (`/…`, `./…`, `../…` stay paths). */
  readonly bare?: 's3';
}

/** Reads a location; throws `bad-settings`, naming the text and the accepted forms. */
export function parseLocation(text: string, { bare }: ParseLocationOptions = {}): Location {
  const trimmed = text.trim();
  const inLogs = parseLogsLocation(text);
  if (inLogs !== undefined) {
    return inLogs;
  }
  const inS3 = parseS3Location(text);
  if (inS3 !== undefined) {
    return inS3;
  }
  if (/^file:\/\//i.test(trimmed)) {
    return { kind: 'directory', path: pathFromFileUrl(trimmed, text) };
  }
  if (bare === 's3' && !/^(?:\.{0,2}[\\/]|\.{1,2}$|~|[A-Za-z]:[\\/])/.test(trimmed)) {
    return parseBucketAndPrefix(trimmed, text);
  }
  return { kind: 'directory', path: text };
}

function pathFromFileUrl(url: string, text: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw locationError(text, 'it is not the URL of a local file', cause);
  }
}
