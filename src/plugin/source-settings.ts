/**
 * The places that a data source names, each with the way to sign in for it. Only words are judged here: nothing is looked
 * up or opened.
 */

import { isAbsolute, resolve, sep } from 'node:path';

import { FlowError } from '../errors';
import { isSameLogGroup, type LogsLocation } from '../flow/logs-location';
import type { S3Location } from '../flow/s3-location';
import { parseLogFormat } from '../query/log-format';
import { parseLocation, type Location } from '../store/location';
import { parseS3Settings, type S3Settings } from '../store/s3-settings';
import { splitAtLayout } from '../store/split-at-layout';
import { ownValue } from './auth-rules';
import { PLUGIN_ID } from './plugin-id';
import { settingsError } from './settings-error';
import type { SourceShape } from './settings-schema';

interface SourceBase {
  /** Unique among the names and locations of the data source. */
  readonly name: string;
  /** As written. */
  readonly location: string;
  /** The columns of objects without a header line. */
  readonly columns?: readonly string[];
  readonly anyKey: boolean;
}

/** A prefix in a bucket. */
export interface BucketSettings extends SourceBase, S3Location {
  /** How to sign in for this source. */
  readonly s3: S3Settings;
}

/** A log group of CloudWatch Logs. */
export interface LogGroupSettings extends SourceBase, LogsLocation {
  readonly region: string;
  /** Empty: there is nothing to list. */
  readonly prefix: string;
  /** How to sign in for this source. */
  readonly s3: S3Settings;
}

/** A folder on the machine of Grafana. */
export interface FolderSettings extends SourceBase {
  readonly kind: 'directory';
  readonly root: string;
  /** Of keys below the root. */
  readonly prefix: string;
  /** Nothing outside of it may be read, whatever links say. */
  readonly localRoot: string;
}

export type SourceSettings = BucketSettings | LogGroupSettings | FolderSettings;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Completes the sources; `rawS3` is what `parseS3Settings` reads for all of them. Throws `bad-settings`, also if two of
 * them have one name or lie in each other.
 */
export function readSources(
  shapes: readonly SourceShape[],
  rawS3: Readonly<Record<string, unknown>>,
  environment: Environment,
): readonly SourceSettings[] {
  const sources = shapes.map((shape, index) => readSource(shape, `sources[${index}]`, rawS3, environment));
  assertDistinct(sources);
  return sources;
}

/** The place of `digestsAt`, reached as the data source signs in. Throws `bad-settings`. */
export function readDigestsPlace(
  location: string,
  rawS3: Readonly<Record<string, unknown>>,
  environment: Environment,
): SourceSettings {
  const shape = { name: 'stored digests', location, anyKey: true } as SourceShape;
  const place = readSource(shape, 'digestsAt', rawS3, environment);
  if (place.kind === 'logs') {
    throw settingsError([['digestsAt', 'is a log group, where no files can be: write s3://bucket or a folder']]);
  }
  return place;
}

function readSource(
  { name, location = '', region, roleArn, externalId, requesterPays, header, anyKey = false }: SourceShape,
  at: string,
  rawS3: Readonly<Record<string, unknown>>,
  environment: Environment,
): SourceSettings {
  const columns = header === undefined ? undefined : columnsFromHeader(header, `${at}.header`);
  const locationSetting = at === 'digestsAt' ? at : `${at}.location`;
  const base = { name: name ?? location, location, anyKey, ...(columns && { columns }) };
  let place: Location;
  try {
    place = parseLocation(location);
  } catch (thrown) {
    throw settingsError([[locationSetting, FlowError.from(thrown).message]]);
  }
  const readS3 = (): S3Settings =>
    parseS3Settings({
      ...rawS3,
      ...(roleArn && { assumeRoleArn: roleArn }),
      ...(externalId && { externalId }),
      requesterPays,
    });
  if (place.kind === 'logs') {
    return { ...base, ...readLogGroup(place, { region, requesterPays, anyKey }, readS3(), at) };
  }
  if (place.kind === 's3') {
    const s3 = readS3();
    return { ...base, ...place, ...(region && !place.bucket.startsWith('arn:') && { region }), s3 };
  }
  for (const [key, value] of Object.entries({ region, roleArn, externalId, requesterPays })) {
    if (value !== undefined && value !== false) {
      throw settingsError([[`${at}.${key}`, 'means nothing for a folder: leave it out']]);
    }
  }
  return { ...base, kind: 'directory', ...readFolder(place.path, locationSetting, environment) };
}

function readLogGroup(
  place: LogsLocation,
  { region, requesterPays, anyKey }: Pick<SourceShape, 'region' | 'requesterPays' | 'anyKey'>,
  s3: S3Settings,
  at: string,
): LogsLocation & Pick<LogGroupSettings, 'region' | 'prefix' | 's3'> {
  for (const [key, value] of Object.entries({ requesterPays, anyKey })) {
    if (value) {
      throw settingsError([[`${at}.${key}`, 'means nothing for a log group: leave it out']]);
    }
  }
  if (region !== undefined && place.region !== undefined && region !== place.region) {
    throw settingsError([[`${at}.region`, `is not that of the location, ${place.region}: leave it out`]]);
  }
  const own = place.region ?? region ?? s3.region;
  if (own === undefined) {
    throw settingsError([
      [`${at}.location`, `names no region: write logs://region/${place.group}, or set the default region`],
    ]);
  }
  return { ...place, region: own, prefix: '', s3 };
}

/** Only by its words: whether links lead out is seen each time the folder is opened. */
function readFolder(
  path: string,
  setting: string,
  environment: Environment,
): Pick<FolderSettings, 'root' | 'prefix' | 'localRoot'> {
  const localRoot = ownValue(environment, 'GF_PLUGIN_LOCAL_ROOT')?.trim();
  if (!localRoot) {
    throw settingsError([
      [
        setting,
        `${JSON.stringify(path)} is a folder, and those are not allowed: write s3://bucket/prefix, or have an ` +
          `administrator name a folder above it as local_root in [plugin.${PLUGIN_ID}] of grafana.ini`,
      ],
    ]);
  }
  if (!isAbsolute(localRoot)) {
    throw settingsError([
      ['local_root', `${JSON.stringify(localRoot)} in [plugin.${PLUGIN_ID}] of grafana.ini is not an absolute path`],
    ]);
  }
  const top = resolve(localRoot);
  const isBelow = (folder: string) => folder === top || folder.startsWith(top.endsWith(sep) ? top : top + sep);
  const folder = resolve(top, path);
  if (path.includes('\0') || !isBelow(folder)) {
    throw settingsError([[setting, `${JSON.stringify(path)} is not below local_root: name a folder in ${top}`]]);
  }
  const split = splitAtLayout(folder);
  return { ...(isBelow(split.root) ? split : { root: folder, prefix: '' }), localRoot: top };
}

function columnsFromHeader(header: string, setting: string): readonly string[] {
  try {
    return parseLogFormat(header);
  } catch (thrown) {
    const why = FlowError.from(thrown).message.replace(/^cannot use the header: /, '');
    throw settingsError([[setting, `${why}: write the fields of the flow log in their order`]]);
  }
}

/** No name may mean two sources, and no record may lie in two of them: it would count twice. */
function assertDistinct(sources: readonly SourceSettings[]): void {
  const places = sources.map(placeOf);
  sources.forEach(({ name, location }, index) => {
    const at = `sources[${index}]`;
    const twin = sources.findIndex((other, i) => i !== index && [other.name, other.location].includes(name));
    const outer = places.findIndex(
      (other, i) => i !== index && (places[index]!.startsWith(other) || isSameGroup(sources[index]!, sources[i]!)),
    );
    if (outer >= 0) {
      throw settingsError([
        [`${at}.location`, `${location} lies inside sources[${outer}] and would count twice: remove one of them`],
      ]);
    }
    if (twin >= 0) {
      throw settingsError([[`${at}.name`, `${JSON.stringify(name)} is that of sources[${twin}] too: choose another`]]);
    }
  });
}

function isSameGroup(a: SourceSettings, b: SourceSettings): boolean {
  return a.kind === 'logs' && b.kind === 'logs' && isSameLogGroup(a, b);
}

/** What the places inside of a source begin with too. */
function placeOf(source: SourceSettings): string {
  switch (source.kind) {
    case 's3':
      return `s3://${source.bucket}/${source.prefix}`;
    case 'logs':
      // A group lies in nothing else; no name of one ends in a line feed.
      return `logs://${source.region}/${source.accountId ?? ''}/${source.group}\n`;
    case 'directory':
      return `${resolve(source.root, ...source.prefix.split('/'))}${sep}`;
  }
}
