/** Events in words: what stands on a mark of a time axis and beside it. */
import { cellText, MISSING, type KeyColumn } from '../digest/digest';
import { protocolName } from '../flow/protocols';
import type { Measure } from '../query/model';
import { describeBytes, describeCount } from './describe-size';
import type { FlowEvent, GroupEvent } from './events';
import { standardDeviation } from './moments';

/** What an event's numbers are about. */
export interface EventContext {
  readonly columns: readonly KeyColumn[];
  readonly measure: Measure;
  readonly bucketSec: number;
  /** Start of the axis' first bucket in Unix seconds. */
  readonly firstSec: number;
}

/**
 * The event as it is shown: `burst: dstaddr 10.0.0.5, port 22/tcp`, its figures as text, its kind and keys as tags. A burst
 * lasts from the start of its first bucket to the end of its last; a new group has its moment.
 */
export function describeEvent(event: GroupEvent, { columns, measure, bucketSec, firstSec }: EventContext): FlowEvent {
  const { kind, row, firstBucket, lastBucket, peakBucket, peak, total, usual } = event;
  const startSec = (bucket: number): number => firstSec + bucket * bucketSec;
  const keys = columns.map((column) => describeKey(column, row));
  const name = kind === 'new' ? 'new' : 'burst';
  const step = describeStep(bucketSec);
  const amount = (value: number): string => describeAmount(measure, value);
  const peakText = `${amount(peak)} in ${step} at ${timeText(startSec(peakBucket))}`;
  const bucketCount = lastBucket - firstBucket + 1;
  const text =
    kind === 'new'
      ? `first seen at ${timeText(startSec(firstBucket))}; ${amount(total)} since then, at most ${peakText}`
      : `${peakText}; its other buckets have ${amount(usual.mean)} on average, with a standard deviation of ` +
        `${amount(standardDeviation(usual))}${bucketCount > 1 ? `; ${amount(total)} in ${bucketCount} buckets in a row` : ''}`;
  return {
    id: [name, startSec(firstBucket), ...keys.map((key) => key.id)].join('/'),
    startMs: startSec(firstBucket) * 1000,
    ...(kind === 'new' ? {} : { endMs: startSec(lastBucket + 1) * 1000 }),
    title: `${name}: ${describeKeys(keys)}`,
    text,
    tags: [...new Set([name, ...keys.filter(({ text: value }) => value !== '-').map(({ text: value }) => value)])].map(
      (tag) => tag.replaceAll(',', ';'),
    ),
  };
}

interface KeyText {
  readonly name: string;
  /** For people: protocols by name, `-` where missing. */
  readonly text: string;
  /** Different for different values; a missing one has no `=`. */
  readonly id: string;
}

function describeKey(column: KeyColumn, row: number): KeyText {
  const { name } = column;
  const value = cellText(column, row);
  // A tag may have the value `-`; only its code tells it from a missing one.
  const isMissing = column.kind === 'text' ? column.codes[row] === MISSING : value === '-';
  const protocol = name === 'protocol' && !isMissing ? protocolName(Number(value)) : undefined;
  const id = isMissing ? encodeURIComponent(name) : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  return { name, text: protocol ?? value, id };
}

const PORTS: ReadonlySet<string> = new Set(['port', 'srcport', 'dstport']);

/** `dstaddr 10.0.0.5, port 22/tcp`. A port 0 says nothing where the protocol is said. */
function describeKeys(keys: readonly KeyText[]): string {
  const protocol = keys.find(({ name, text }) => name === 'protocol' && text !== '-');
  const shown = protocol ? keys.filter(({ name, text }) => !(PORTS.has(name) && (text === '0' || text === '-'))) : keys;
  const ported = protocol && shown.findLast(({ name }) => PORTS.has(name));
  const words = shown.flatMap((key) => {
    if (key === ported) {
      return [`${key.name} ${key.text}/${protocol!.text}`];
    }
    return key === protocol && ported ? [] : [`${key.name} ${key.text}`];
  });
  return words.length > 0 ? words.join(', ') : 'all flows';
}

const NOUNS: Readonly<Record<Exclude<Measure, 'bytes'>, string>> = {
  packets: 'packets',
  flows: 'flows',
  'packets-lost-no-route': 'packets lost (no route)',
  'packets-lost-blackhole': 'packets lost (blackhole)',
  'packets-lost-mtu-exceeded': 'packets lost (MTU exceeded)',
  'packets-lost-ttl-expired': 'packets lost (TTL expired)',
};

function describeAmount(measure: Measure, value: number): string {
  return measure === 'bytes' ? describeBytes(value) : `${describeCount(value)} ${NOUNS[measure]}`;
}

const STEPS: readonly (readonly [sec: number, name: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** A bucket's width in the largest unit that it is a whole number of. */
function describeStep(bucketSec: number): string {
  const [unitSec, name] = STEPS.find(([sec]) => bucketSec % sec === 0) ?? [1, 's'];
  return `${bucketSec / unitSec} ${name}`;
}

function timeText(sec: number): string {
  return new Date(sec * 1000).toISOString().replace(/(?::00)?\.000Z$/, 'Z');
}
