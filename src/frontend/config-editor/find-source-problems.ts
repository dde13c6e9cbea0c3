/**
 * What is wrong with the sources as they stand in the editor: the rules by which the backend refuses settings, as far as
 * they are about words. What only the backend knows (the folder that is allowed, whether a bucket exists) is its to say.
 */
import { FlowError } from '../../errors';
import { isSameLogGroup, parseLogsLocation, type LogsLocation } from '../../flow/logs-location';
import { parseS3Location } from '../../flow/s3-location';
import { parseLogFormat } from '../../query/log-format';
import type { SourceConfig } from '../settings';

/** Why a field cannot stay as it is. */
export type SourceProblems = { readonly [K in keyof SourceConfig]?: string };

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/;
const REGION = /^[A-Za-z0-9-]{1,63}$/;

interface Place {
  readonly name: string;
  readonly location: string;
  /** Begins with the place of every source that this one lies in; nothing for one that cannot be read. */
  readonly place?: string;
  /** Of a log group, in place of that. */
  readonly group?: LogsLocation;
}

/** The problems of each source, in their order; empty objects for sources without. */
export function findSourceProblems(sources: readonly SourceConfig[]): readonly SourceProblems[] {
  const places = sources.map(placeOf);
  return sources.map((source, index) => ({ ...wrongTogether(places, index), ...wrongAlone(source) }));
}

/** What is wrong with the place of stored digests; nothing with an empty one, which means that there is none. */
export function findDigestsProblem(location: string): string | undefined {
  try {
    if (isLogGroup(location)) {
      return 'This is a log group, where no files can be: write s3://bucket, or a folder below local_root.';
    }
    parseS3Location(location);
    return undefined;
  } catch (thrown) {
    return location.trim() === '' ? undefined : FlowError.from(thrown).message;
  }
}

/** How queries name it. */
export function sourceNameOf({ name, location }: SourceConfig): string {
  return name?.trim() || (location?.trim() ?? '');
}

/** Whether the location is written as a folder, for which nothing of AWS has a meaning. */
export function isFolder(location: string | undefined): boolean {
  try {
    return Boolean(location?.trim()) && !isLogGroup(location!) && parseS3Location(location!) === undefined;
  } catch {
    return false;
  }
}

function wrongAlone(source: SourceConfig): SourceProblems {
  const { name = '', location = '', region = '', roleArn = '', header = '' } = source;
  return {
    ...locationProblem(location),
    ...(name.trim().length > 200 && { name: 'It is longer than 200 characters.' }),
    ...(region.trim() !== '' &&
      !REGION.test(region.trim()) && {
        region: 'This is not the name of a region: write one like eu-west-1, or leave it empty.',
      }),
    ...(roleArn.trim() !== '' &&
      !ROLE_ARN.test(roleArn.trim()) && {
        roleArn: 'This is not the ARN of a role: write arn:aws:iam::123456789012:role/name, or leave it empty.',
      }),
    ...headerProblem(header),
    ...meaninglessOf(source),
  };
}

function locationProblem(location: string): SourceProblems {
  if (location.trim() === '') {
    return {
      location:
        'It is missing: write s3://bucket/prefix, logs://region/log-group, an ARN, or a folder below local_root.',
    };
  }
  try {
    if (!isLogGroup(location)) {
      parseS3Location(location);
    }
    return {};
  } catch (thrown) {
    return { location: FlowError.from(thrown).message };
  }
}

function headerProblem(header: string): SourceProblems {
  try {
    if (header.trim() !== '') {
      parseLogFormat(header);
    }
    return {};
  } catch (thrown) {
    return { header: `${FlowError.from(thrown).message}: write the fields of the flow log in their order.` };
  }
}

/** Throws for what begins like one but cannot be read. */
function isLogGroup(location: string): boolean {
  return parseLogsLocation(location) !== undefined;
}

/** What a folder or a log group cannot have. */
function meaninglessOf({
  location = '',
  region,
  roleArn,
  externalId,
  requesterPays,
  anyKey,
}: SourceConfig): SourceProblems {
  if (isFolder(location)) {
    return without({ region, roleArn, externalId, requesterPays }, 'a folder');
  }
  const group = groupAt(location);
  const isOtherRegion = group?.region !== undefined && Boolean(region?.trim()) && group.region !== region;
  return group === undefined
    ? {}
    : {
        ...without({ requesterPays, anyKey }, 'a log group'),
        ...(isOtherRegion && { region: `This is not that of the location, ${group.region}: leave it out.` }),
      };
}

function without(fields: SourceConfig, kind: string): SourceProblems {
  const set = Object.entries(fields).filter(([, value]) => (typeof value === 'string' ? value.trim() !== '' : value));
  return Object.fromEntries(set.map(([field]) => [field, `This means nothing for ${kind}: leave it out.`]));
}

/** The log group at a location; nothing for another place, or one that cannot be read. */
function groupAt(location: string): LogsLocation | undefined {
  try {
    return parseLogsLocation(location);
  } catch {
    return undefined;
  }
}

/** No name may mean two sources, and no record may lie in two of them: it would count twice. */
function wrongTogether(places: readonly Place[], index: number): SourceProblems {
  const { name, location, place, group } = places[index]!;
  const isOther = (_: Place, i: number) => i !== index;
  const others = places.filter(isOther);
  const outer = others.find((other) => other.place !== undefined && place?.startsWith(other.place));
  if (outer !== undefined) {
    return { location: `${location} lies inside ${outer.name} and would count twice: remove one of them.` };
  }
  const twin = others.find((other) => group && other.group && isSameLogGroup(group, other.group));
  if (twin !== undefined) {
    return { location: `This is the log group of ${twin.name} and would count twice: remove one of them.` };
  }
  return name !== '' && others.some((other) => [other.name, other.location].includes(name))
    ? { name: `${JSON.stringify(name)} is that of another source too: choose another.` }
    : {};
}

function placeOf(source: SourceConfig): Place {
  const location = source.location?.trim() ?? '';
  const known = { name: sourceNameOf(source), location };
  try {
    const group = parseLogsLocation(location);
    if (group !== undefined) {
      const { region } = source;
      return { ...known, group: { ...group, ...(group.region === undefined && region && { region }) } };
    }
    const inS3 = parseS3Location(location);
    return {
      ...known,
      place: inS3 ? `s3://${inS3.bucket}/${inS3.prefix}` : `${location.replace(/\/+$/, '')}/`,
    };
  } catch {
    return known;
  }
}
