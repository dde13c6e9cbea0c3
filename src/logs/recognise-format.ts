/**
 * Recognising the format of records that come without a header: only among orders that AWS itself makes or documents, and
 * only if every value of a record has the shape of its field. A custom order is never guessed.
 */
import { parseAddress } from '../flow/address';
import { DEFAULT_FORMAT, DEFAULT_TGW_FORMAT, fieldOrText, FIELDS } from '../flow/fields';
import { splitLine } from '../flow/header';

/** The columns of a format, in order. */
export type Columns = readonly string[];

/** A format and how many of the messages are records of it. */
export interface RecognisedFormat {
  readonly columns: Columns;
  readonly messages: number;
}

const upTo = (version: number): Columns =>
  FIELDS.filter((field) => field.scope !== 'tgw' && field.version <= version).map(({ name }) => name);

const sorted = (columns: Columns): Columns => [...columns].sort();

/** The custom format of AWS's own examples for version 3 (docs.aws.amazon.com/vpc/latest/userguide/flow-logs-records-examples). */
const EXAMPLE_FORMAT: Columns =
  'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr protocol bytes packets start end action tcp-flags log-status'.split(
    ' ',
  );

/** Versions that added fields for VPCs. */
const VERSIONS = [3, 4, 5, 7, 8, 9, 10, 11];

/** Orders that occur without anybody having chosen one: the defaults, the documented order, the console's alphabetical one. */
export const KNOWN_FORMATS: readonly Columns[] = [
  DEFAULT_FORMAT,
  DEFAULT_TGW_FORMAT,
  ...VERSIONS.map(upTo),
  ...VERSIONS.map((version) => sorted(upTo(version))),
  sorted(DEFAULT_TGW_FORMAT),
  EXAMPLE_FORMAT,
];

/**
 * The formats of messages, the most frequent first. Of those with one number of columns, the one that most fit; none if two
 * fit equally many.
 */
export function recogniseFormats(
  messages: readonly string[],
  known: readonly Columns[] = KNOWN_FORMATS,
): readonly RecognisedFormat[] {
  const byCount = new Map<number, string[][]>();
  for (const message of messages) {
    const tokens = splitLine(message);
    const same = byCount.get(tokens.length) ?? [];
    same.push(tokens);
    byCount.set(tokens.length, same);
  }
  const found: RecognisedFormat[] = [];
  for (const [count, records] of byCount) {
    const fits = known
      .filter((columns) => columns.length === count)
      .map((columns) => ({ columns, messages: records.filter((tokens) => isRecordOf(tokens, columns)).length }))
      .sort((a, b) => b.messages - a.messages);
    const [best, next] = fits;
    if (best && best.messages > 0 && best.messages > (next?.messages ?? 0)) {
      found.push(best);
    }
  }
  return found.sort((a, b) => b.messages - a.messages);
}

/** True if each of the tokens has the shape of its column. */
export function isRecordOf(tokens: readonly string[], columns: Columns): boolean {
  return tokens.length === columns.length && tokens.every((token, i) => hasShape(token, columns[i]!));
}

/** How many tokens a message has; the same as `splitLine(message).length`, without making them. */
export function countTokens(message: string): number {
  let count = 0;
  let isInside = false;
  for (let i = 0; i < message.length; i++) {
    const isBlank = message.charCodeAt(i) <= 32;
    if (!isBlank && !isInside) {
      count++;
    }
    isInside = !isBlank;
  }
  return count;
}

const DIGITS = /^\d{1,19}$/;
const SUBNET = /^subnet-[0-9a-z]+$/;
const VPC = /^vpc-[0-9a-z]+$/;
const ENI = /^eni-[0-9a-z]+$/;
const AZ = /^[a-z]{2,}\d*-[a-z]{2,4}\d[a-z0-9-]*$/;
const ACCOUNT = /^(?:\d{12}|unknown)$/;
const ARN = /^arn:aws/;
const ATTACHMENT = /^tgw-attach-[0-9a-z]+$/;
const SERVICE = /^[A-Z][A-Z0-9_]*$/;
const INTERFACE_TYPE = /^[a-z][a-z_]*$/;

/** Texts that tell something; those of other text fields may be anything. */
const SHAPES: Readonly<Record<string, RegExp>> = {
  'account-id': ACCOUNT,
  'interface-id': ENI,
  action: /^(?:ACCEPT|REJECT)$/,
  'log-status': /^(?:OK|NODATA|SKIPDATA)$/,
  'vpc-id': VPC,
  'subnet-id': SUBNET,
  'instance-id': /^i-[0-9a-z]+$/,
  type: /^(?:IPv4|IPv6|EFA)$/,
  region: /^[a-z]{2,}(?:-[a-z]+)+-\d+$/,
  'az-id': AZ,
  'sublocation-type': /^(?:wavelength|outpost|localzone)$/,
  'pkt-src-aws-service': SERVICE,
  'pkt-dst-aws-service': SERVICE,
  'flow-direction': /^(?:ingress|egress)$/,
  'ecs-cluster-arn': ARN,
  'ecs-container-instance-arn': ARN,
  'ecs-task-definition-arn': ARN,
  'ecs-task-arn': ARN,
  'reject-reason': /^[A-Z][A-Za-z_]*$/,
  'resource-id': /^[a-z]+-[0-9a-z]+$/,
  'interface-type': INTERFACE_TYPE,
  'next-hop-interface-type': INTERFACE_TYPE,
  'next-hop-interface-id': ENI,
  'next-hop-subnet-id': SUBNET,
  'next-hop-az-id': AZ,
  'next-hop-vpc-id': VPC,
  'resource-type': /^TransitGateway$/,
  'tgw-id': /^tgw-[0-9a-z]+$/,
  'tgw-attachment-id': ATTACHMENT,
  'tgw-pair-attachment-id': ATTACHMENT,
  'tgw-src-vpc-account-id': ACCOUNT,
  'tgw-dst-vpc-account-id': ACCOUNT,
  'tgw-src-vpc-id': VPC,
  'tgw-dst-vpc-id': VPC,
  'tgw-src-subnet-id': SUBNET,
  'tgw-dst-subnet-id': SUBNET,
  'tgw-src-eni': ENI,
  'tgw-dst-eni': ENI,
  'tgw-src-az-id': AZ,
  'tgw-dst-az-id': AZ,
};

function hasShape(token: string, name: string): boolean {
  switch (name) {
    case 'version':
      return /^\d{1,2}$/.test(token);
    case 'start':
    case 'end':
      // Seconds; some old tools wrote milliseconds.
      return /^(?:\d{9,10}|\d{13})$/.test(token);
  }
  if (token === '-') {
    return true;
  }
  const { type, max } = fieldOrText(name);
  switch (type) {
    case 'integer':
      return DIGITS.test(token) && Number(token) <= (max ?? 0x7fffffff);
    case 'long':
      return DIGITS.test(token);
    case 'address':
      return parseAddress(token) !== undefined;
    case 'text':
      return SHAPES[name]?.test(token) ?? true;
  }
}
