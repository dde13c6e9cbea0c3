/**
 * The keys under which AWS delivers flow logs to S3: read, written, and the prefixes to list for an account, a region, a
 * UTC day or an hour. Which of them a query needs is `scan/select`'s business.
 *
 * Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html and, for the Hive segment `service=`,
 * https://docs.aws.amazon.com/vpc/latest/tgw/flow-logs-s3.html
 *
 *     {prefix}AWSLogs/[{organisation}/]{account}/vpcflowlogs/{region}/{YYYY}/{MM}/{DD}/[{HH}/]{file}
 *     {prefix}AWSLogs/[{organisation}/]aws-account-id={account}/[aws-]service=vpcflowlogs/aws-region={region}/
 *       year={YYYY}/month={MM}/day={DD}/[hour={HH}/]{file}
 *     file = {account}_vpcflowlogs_{region}_{fl-id}_{YYYYMMDD}T{HHmm}Z_{hash}{.log.gz|.log.parquet|.parquet}
 */

/** How the segments between account and file are written. */
export interface KeyLayout {
  /** `false` for bare segments; else Hive's `name=value` segments, with the name that the service segment has. */
  readonly hive: false | 'aws-service' | 'service';
  /** The day is divided by hour. */
  readonly hourly: boolean;
}

/** The part of a key that all flow logs of one account and region under one root share. */
export interface KeyBranch {
  /** All that comes before `AWSLogs/`, with its final `/` if it has one (a prefix may be glued on); may be empty. */
  readonly prefix: string;
  /** An organisation id, which some tools put before the account. */
  readonly organisation?: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  readonly hive: KeyLayout['hive'];
}

/** What the key of a flow-log object says. */
export interface FlowLogKey {
  /** As in `KeyBranch`. */
  readonly prefix: string;
  /** As in `KeyBranch`. */
  readonly organisation?: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  /** `fl-` and hexadecimal digits. */
  readonly flowLogId: string;
  /** The stamp in the file name, whole minutes in Unix seconds: the start of the five minutes the object is about. */
  readonly stampSec: number;
  /** Hexadecimal digits that tell the objects of one stamp apart. */
  readonly hash: string;
  readonly format: 'text' | 'parquet';
  /** The end of the file name: `.log.gz` for text, one of the others for Parquet. */
  readonly extension: '.log.gz' | '.log.parquet' | '.parquet';
  readonly layout: KeyLayout;
}

/**
 * What an object key says, or `undefined` for the key of anything else. Account, region and date must be the same in the
 * path and in the file name. Time is linear in the length of the key, whatever it holds.
 */
export function parseObjectKey(key: string): FlowLogKey | undefined {
  // The rest of a flow log's key cannot hold `AWSLogs/` again, so the last one is the only candidate.
  const at = key.lastIndexOf(ROOT);
  if (at < 0) {
    return undefined;
  }
  const { organisation, segments } = splitOrganisation(key.slice(at + ROOT.length));
  const [accountSegment, serviceSegment, regionSegment, ...rest] = segments;
  const fileName = rest.pop();
  if (accountSegment === undefined || serviceSegment === undefined || regionSegment === undefined || !fileName) {
    return undefined;
  }
  const hive = hiveFromService(serviceSegment);
  const file = parseFileName(fileName);
  if (
    hive === undefined ||
    !file ||
    accountSegment !== named(hive, 'aws-account-id', file.accountId) ||
    regionSegment !== named(hive, 'aws-region', file.region)
  ) {
    return undefined;
  }
  const folder = rest.join('/') + '/';
  const hourly = folder === timeFolder(hive, file.stampSec, 'hour');
  if (!hourly && folder !== timeFolder(hive, file.stampSec, 'day')) {
    return undefined;
  }
  return {
    prefix: key.slice(0, at),
    ...(organisation === undefined ? {} : { organisation }),
    ...file,
    layout: { hive, hourly },
  };
}

/**
 * `parseObjectKey` for keys as a listing gives them: those of a flow log and a day stand together, and their beginning is
 * read once for all of them.
 */
export function createKeyParser(): (key: string) => FlowLogKey | undefined {
  /** Up to the stamp, and of that the day (and the hour, if the folder is one's) with which the folder was compared. */
  let start = '';
  let daySec = 0;
  let last: FlowLogKey | undefined;
  return (key) => {
    if (last && key.startsWith(start)) {
      const [, hour, minute, hash, extension] = STAMP_AND_ENDING.exec(key.slice(start.length)) ?? [];
      if (hour !== undefined && (!last.layout.hourly || Number(hour) === hourOf(last.stampSec))) {
        const stampSec = daySec + Number(hour) * 3600 + Number(minute) * 60;
        return { ...last, stampSec, ...endingOf(hash!, extension!) };
      }
    }
    last = parseObjectKey(key);
    if (last) {
      start = key.slice(0, key.lastIndexOf('T', key.lastIndexOf('_')));
      daySec = last.stampSec - (last.stampSec % 86_400);
    }
    return last;
  };
}

/** The object key that says this; the inverse of `parseObjectKey`. */
export function formatObjectKey(key: FlowLogKey): string {
  const branch: KeyBranch = { ...key, hive: key.layout.hive };
  const folder = key.layout.hourly ? hourPrefix(branch, key.stampSec) : dayPrefix(branch, key.stampSec);
  return `${folder}${fileStem(key, key.flowLogId)}${formatStamp(key.stampSec)}_${key.hash}${key.extension}`;
}

/** The prefix below which a listing with delimiter shows accounts (and organisations); `prefix` as in `KeyBranch`. */
export function accountsPrefix(prefix: string, organisation?: string): string {
  return `${prefix}${ROOT}${organisation === undefined ? '' : `${organisation}/`}`;
}

/** What a listing below `accountsPrefix` found in one folded prefix. */
export type AccountFolder =
  | { readonly type: 'account'; readonly accountId: string }
  | { readonly type: 'organisation'; readonly organisation: string };

/**
 * The account or organisation that a folded prefix below `accountsPrefix` stands for, or `undefined` if it is neither.
 * One account may have two folders, a bare one and a Hive one.
 */
export function parseAccountFolder(folded: string): AccountFolder | undefined {
  const name = lastSegment(folded);
  if (ORGANISATION.test(name)) {
    return { type: 'organisation', organisation: name };
  }
  const accountId = name.startsWith('aws-account-id=') ? name.slice('aws-account-id='.length) : name;
  return ACCOUNT.test(accountId) ? { type: 'account', accountId } : undefined;
}

/**
 * The prefixes below which a listing with delimiter shows the regions of an account, one per layout: bare, Hive, and Hive
 * as the Transit Gateway documentation writes it.
 */
export function accountPrefixes(prefix: string, accountId: string, organisation?: string): readonly string[] {
  return HIVES.map((hive) => accountPrefix({ prefix, organisation, accountId, hive }));
}

/** The branch that a folded prefix below one of `accountPrefixes` stands for, or `undefined` if it is no region. */
export function parseRegionFolder(folded: string): KeyBranch | undefined {
  const at = folded.lastIndexOf(ROOT);
  if (at < 0 || !folded.endsWith('/')) {
    return undefined;
  }
  const { organisation, segments } = splitOrganisation(folded.slice(at + ROOT.length, -1));
  const [accountSegment = '', serviceSegment = '', regionSegment = ''] = segments;
  const hive = hiveFromService(serviceSegment);
  const accountId = accountSegment.slice(accountSegment.indexOf('=') + 1);
  const region = regionSegment.slice(regionSegment.indexOf('=') + 1);
  if (hive === undefined || !ACCOUNT.test(accountId) || !REGION.test(region)) {
    return undefined;
  }
  const prefix = folded.slice(0, at);
  const branch: KeyBranch = {
    prefix,
    ...(organisation === undefined ? {} : { organisation }),
    accountId,
    region,
    hive,
  };
  return regionPrefix(branch) === folded ? branch : undefined;
}

/** The prefix of all objects of a branch; a listing with delimiter below it shows years. */
export function regionPrefix(branch: KeyBranch): string {
  return `${accountPrefix(branch)}${named(branch.hive, 'aws-region', branch.region)}/`;
}

/** The prefix of the objects of the UTC day that holds `timeSec`, with or without division by hour. */
export function dayPrefix(branch: KeyBranch, timeSec: number): string {
  return regionPrefix(branch) + timeFolder(branch.hive, timeSec, 'day');
}

/** The prefix of the objects of the UTC hour that holds `timeSec`, where the day is divided by hour. */
export function hourPrefix(branch: KeyBranch, timeSec: number): string {
  return regionPrefix(branch) + timeFolder(branch.hive, timeSec, 'hour');
}

/**
 * The prefix of one flow log's objects of the UTC hour that holds `timeSec`, where the day is not divided by hour: keys of
 * a day sort by flow log first, so an hour is one stretch per flow log.
 */
export function hourFilesPrefix(branch: KeyBranch, flowLogId: string, timeSec: number): string {
  return dayPrefix(branch, timeSec) + fileStem(branch, flowLogId) + formatStamp(timeSec).slice(0, 'YYYYMMDDTHH'.length);
}

/**
 * A string that sorts before every key of the flow log's objects stamped `timeSec` or later on that UTC day, and after
 * those stamped earlier: where a listing of the day may start (`startAfter`). The day is not divided by hour.
 */
export function stampBound(branch: KeyBranch, flowLogId: string, timeSec: number): string {
  return dayPrefix(branch, timeSec) + fileStem(branch, flowLogId) + formatStamp(timeSec);
}

/** A string that sorts after every key of the flow log's objects of the UTC day that holds `timeSec`, likewise. */
export function flowLogBound(branch: KeyBranch, flowLogId: string, timeSec: number): string {
  // Stamps begin with a digit, and this is what follows the digits.
  return `${dayPrefix(branch, timeSec) + fileStem(branch, flowLogId)}:`;
}

const ROOT = 'AWSLogs/';
const SERVICE = 'vpcflowlogs';
const HIVES: readonly KeyLayout['hive'][] = [false, 'aws-service', 'service'];
const ACCOUNT = /^\d{12}$/;
const ORGANISATION = /^o-[a-z0-9]{10,32}$/;
/** Two or more words and a number: `eu-west-1`, `us-gov-east-1`, `us-isob-east-1`, `cn-north-1`. */
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;
const FLOW_LOG = /^fl-[0-9a-f]+$/;
const STAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})Z$/;
const HASH_AND_EXTENSION = /^([0-9a-f]+)(\.log\.gz|\.log\.parquet|\.parquet)$/;

/** After the day of a stamp. */
const STAMP_AND_ENDING = /^T([01]\d|2[0-3])([0-5]\d)Z_([0-9a-f]+)(\.log\.gz|\.log\.parquet|\.parquet)$/;

type FileName = Pick<FlowLogKey, 'accountId' | 'region' | 'flowLogId' | 'stampSec' | 'hash' | 'format' | 'extension'>;

function parseFileName(name: string): FileName | undefined {
  const parts = name.split('_');
  const [accountId = '', service = '', region = '', flowLogId = '', stamp = '', last = ''] = parts;
  const stampSec = parseStamp(stamp);
  const [, hash, extension] = HASH_AND_EXTENSION.exec(last) ?? [];
  if (
    parts.length !== 6 ||
    service !== SERVICE ||
    !ACCOUNT.test(accountId) ||
    !REGION.test(region) ||
    !FLOW_LOG.test(flowLogId) ||
    stampSec === undefined ||
    hash === undefined
  ) {
    return undefined;
  }
  return {
    accountId,
    region,
    flowLogId,
    stampSec,
    ...endingOf(hash, extension!),
  };
}

function endingOf(hash: string, extension: string): Pick<FlowLogKey, 'hash' | 'format' | 'extension'> {
  return {
    hash,
    format: extension === '.log.gz' ? 'text' : 'parquet',
    extension: extension as FlowLogKey['extension'],
  };
}

function hourOf(timeSec: number): number {
  return Math.floor((timeSec % 86_400) / 3600);
}

function fileStem({ accountId, region }: { accountId: string; region: string }, flowLogId: string): string {
  return `${accountId}_${SERVICE}_${region}_${flowLogId}_`;
}

function parseStamp(text: string): number | undefined {
  const match = STAMP.exec(text);
  if (!match) {
    return undefined;
  }
  const [year, month, day, hour, minute] = match.slice(1).map(Number) as [number, number, number, number, number];
  const stampSec = Date.UTC(year, month - 1, day, hour, minute) / 1000;
  // `Date.UTC` turns 31 February into 3 March and the year 26 into 1926; writing it again shows that.
  return formatStamp(stampSec) === text ? stampSec : undefined;
}

function formatStamp(timeSec: number): string {
  const { year, month, day, hour, minute } = dateParts(timeSec);
  return `${year}${month}${day}T${hour}${minute}Z`;
}

function dateParts(timeSec: number) {
  const [year, month, day, hour, minute] = new Date(timeSec * 1000).toISOString().split(/[-T:]/) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { year, month, day, hour, minute };
}

function accountPrefix({ prefix, organisation, accountId, hive }: Omit<KeyBranch, 'region'>): string {
  const account = named(hive, 'aws-account-id', accountId);
  return `${accountsPrefix(prefix, organisation)}${account}/${named(hive, hive || '', SERVICE)}/`;
}

function timeFolder(hive: KeyLayout['hive'], timeSec: number, step: 'day' | 'hour'): string {
  const { year, month, day, hour } = dateParts(timeSec);
  const folder = `${named(hive, 'year', year)}/${named(hive, 'month', month)}/${named(hive, 'day', day)}/`;
  return step === 'hour' ? `${folder}${named(hive, 'hour', hour)}/` : folder;
}

function named(hive: KeyLayout['hive'], name: string, value: string): string {
  return hive === false ? value : `${name}=${value}`;
}

function hiveFromService(segment: string): KeyLayout['hive'] | undefined {
  return HIVES.find((hive) => segment === named(hive, hive || '', SERVICE));
}

function splitOrganisation(path: string): { organisation?: string; segments: readonly string[] } {
  const [first = '', ...rest] = path.split('/');
  return ORGANISATION.test(first) ? { organisation: first, segments: rest } : { segments: [first, ...rest] };
}

function lastSegment(folded: string): string {
  return folded.slice(folded.lastIndexOf('/', folded.length - 2) + 1).replace(/\/$/, '');
}
