/**
 * What flowlogs_reader's location means: the name of a log group, or with `--location-type s3` a bucket and prefix; and
 * besides whatever other commands read.
 */
import { existsSync } from 'node:fs';
import { FlowError } from '../errors';
import { parseLocation } from '../store/location';

export type LocationType = 's3' | 'cwl';

/** A location as `openSources` reads it. */
export interface ReaderLocation {
  readonly text: string;
  readonly isLogGroup: boolean;
  /** A file or folder only because there is one of a name that may also be a log group's. */
  readonly isLocalByChance?: boolean;
}

/**
 * Reads a location. `s3://`, `logs://`, `file://` and ARNs are what they say, also with a type that agrees. A plain text is
 * what the type says; without a type it is a folder or file if there is one of that name, else a log group.
 * `region` is that of a log group, or empty for the one of whoever asks. Throws `bad-settings` for a contradiction.
 */
export function readReaderLocation(text: string, type: LocationType | undefined, region: string): ReaderLocation {
  const spelt = /^logs:\/\/|^arn:[^:]*:logs:/.test(text)
    ? 'cwl'
    : /^[a-z0-9]+:\/\/|^arn:/i.test(text)
      ? 's3'
      : undefined;
  if (spelt !== undefined && type !== undefined && spelt !== type) {
    throw new FlowError('bad-settings', `cannot read ${text}: it is not of the --location-type ${type}`);
  }
  if (spelt !== undefined) {
    return { text, isLogGroup: spelt === 'cwl' };
  }
  if (type === 's3') {
    const location = parseLocation(text, { bare: 's3' });
    return { text: location.kind === 's3' ? `s3://${location.bucket}/${location.prefix}` : text, isLogGroup: false };
  }
  if (text === '-' || /^(?:\.{1,2}(?:\/|$)|~)/.test(text)) {
    return { text, isLogGroup: false };
  }
  if (type === undefined && existsSync(text)) {
    return { text, isLogGroup: false, isLocalByChance: !/[\\/]/.test(text) };
  }
  return { text: `logs://${region}/${text}`, isLogGroup: true };
}
