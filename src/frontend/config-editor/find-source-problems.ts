/**
 * What is wrong with the sources as they stand in the editor: the rules by which the backend refuses settings, as far as
 * they are about words. What only the backend knows (the folder that is allowed, whether a bucket exists) is its to say.
 */
import { FlowError } from '../../errors';
import { findField } from '../../flow/fields';
import { splitLine } from '../../flow/header';
import { parseS3Location } from '../../flow/s3-location';
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
}

/** The problems of each source, in their order; empty objects for sources without. */
export function findSourceProblems(sources: readonly SourceConfig[]): readonly SourceProblems[] {
  const places = sources.map(placeOf);
  return sources.map((source, index) => ({ ...wrongTogether(places, index), ...wrongAlone(source) }));
}

/** How queries name it. */
export function sourceNameOf({ name, location }: SourceConfig): string {
  return name?.trim() || (location?.trim() ?? '');
}

/** Whether the location is written as a folder, for which nothing of AWS has a meaning. */
export function isFolder(location: string | undefined): boolean {
  try {
    return Boolean(location?.trim()) && parseS3Location(location!) === undefined;
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
    ...(header.trim() !== '' &&
      !splitLine(header.trim().replaceAll(',', ' ')).some((column) => findField(column) !== undefined) && {
        header: 'It names no documented field: write the fields of the flow log in their order.',
      }),
    ...(isFolder(location) && meaninglessOf(source)),
  };
}

function locationProblem(location: string): SourceProblems {
  if (location.trim() === '') {
    return { location: 'It is missing: write s3://bucket/prefix, an ARN, or a folder below local_root.' };
  }
  try {
    parseS3Location(location);
    return {};
  } catch (thrown) {
    return { location: FlowError.from(thrown).message };
  }
}

/** What a folder cannot have. */
function meaninglessOf({ region, roleArn, externalId, requesterPays }: SourceConfig): SourceProblems {
  const set = Object.entries({ region, roleArn, externalId, requesterPays }).filter(([, value]) =>
    typeof value === 'string' ? value.trim() !== '' : value,
  );
  return Object.fromEntries(set.map(([field]) => [field, 'This means nothing for a folder: leave it out.']));
}

/** No name may mean two sources, and no record may lie in two of them: it would count twice. */
function wrongTogether(places: readonly Place[], index: number): SourceProblems {
  const { name, location, place } = places[index]!;
  const isOther = (_: Place, i: number) => i !== index;
  const others = places.filter(isOther);
  const outer = others.find((other) => other.place !== undefined && place?.startsWith(other.place));
  if (outer !== undefined) {
    return { location: `${location} lies inside ${outer.name} and would count twice: remove one of them.` };
  }
  return name !== '' && others.some((other) => [other.name, other.location].includes(name))
    ? { name: `${JSON.stringify(name)} is that of another source too: choose another.` }
    : {};
}

function placeOf(source: SourceConfig): Place {
  const location = source.location?.trim() ?? '';
  const known = { name: sourceNameOf(source), location };
  try {
    const inS3 = parseS3Location(location);
    return {
      ...known,
      place: inS3 ? `s3://${inS3.bucket}/${inS3.prefix}` : `${location.replace(/\/+$/, '')}/`,
    };
  } catch {
    return known;
  }
}
