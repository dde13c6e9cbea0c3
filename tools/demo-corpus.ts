/** The demo's logs: the traffic of the estate as the objects that AWS would have written. */
import { type FlowLogKey, formatObjectKey } from '../src/flow/object-key';
import { type Estate, type FlowLog, createEstate, demoRange } from './estate';
import { type Random, createRandom } from './random';
import { type EmptyRow, type Row, formatRow } from './row';
import { type TrafficEvents, createTraffic } from './traffic';

/** One flow-log object before compression. */
export interface LogObject {
  readonly key: string;
  /** Header line and records, each with a line end; ASCII. */
  readonly text: string;
  /** Lines but for the header. */
  readonly recordCount: number;
}

/** An object with the start of the five minutes that it is about, in Unix seconds. */
export interface StampedObject extends LogObject {
  readonly stampSec: number;
}

/** Takes the objects one after the other; the next is made when the promise is kept. */
export type ObjectSink = (object: LogObject) => void | Promise<void>;

/** What was written. */
export interface CorpusSummary {
  readonly objectCount: number;
  readonly recordCount: number;
  readonly textBytes: number;
}

/** Minutes of one object; AWS writes every five minutes. */
export const BIN_MINUTES = 5;

/** What to play: in which estate, from when on, how long, and which of the ways that it could go. */
export interface DemoPlay {
  readonly estate: Estate;
  /** Unix milliseconds, a multiple of five minutes. */
  readonly fromMs: number;
  readonly minutes: number;
  readonly random: Random;
  readonly events?: TrafficEvents;
}

/** Writes the demo: `hours` from `fromMs` (a multiple of five minutes), one object per flow log and five minutes. */
export async function writeDemoCorpus(
  sink: ObjectSink,
  { seed = 1, fromMs = demoRange.fromMs, hours = 1 }: { seed?: number; fromMs?: number; hours?: number } = {},
): Promise<CorpusSummary> {
  const summary = { objectCount: 0, recordCount: 0, textBytes: 0 };
  const play = { estate: createEstate(seed), fromMs, minutes: hours * 60, random: createRandom(seed + 1) };
  for (const object of playObjects(play)) {
    summary.objectCount++;
    summary.recordCount += object.recordCount;
    summary.textBytes += object.text.length;
    await sink(object);
  }
  return summary;
}

/** The objects of a play in the order of their stamps. Each is made when it is asked for. */
export function* playObjects({ estate, fromMs, minutes, random, events }: DemoPlay): Generator<StampedObject> {
  const playMinute = createTraffic(estate, random, events);
  for (let first = 0; first < minutes; first += BIN_MINUTES) {
    const stampSec = fromMs / 1000 + first * 60;
    const rows = new Map<FlowLog, (Row | EmptyRow)[]>(estate.flowLogs.map((flowLog) => [flowLog, []]));
    for (let index = first; index < first + BIN_MINUTES; index++) {
      for (const row of playMinute({ index, minutes, startSec: fromMs / 1000 + index * 60 })) {
        rows.get(row.host.flowLog)!.push(row);
      }
    }
    for (const [flowLog, ofLog] of rows) {
      const lines = ofLog.map((row) => formatRow(row, flowLog.format));
      shuffle(lines, random.below);
      yield {
        key: formatObjectKey({ ...keyBase(flowLog), stampSec, hash: random.hex(8) }),
        stampSec,
        text: [flowLog.format.join(' '), ...lines, ''].join('\n'),
        recordCount: lines.length,
      };
    }
  }
}

function keyBase({ id, accountId, region, layout }: FlowLog): Omit<FlowLogKey, 'stampSec' | 'hash'> {
  return { prefix: '', accountId, region, flowLogId: id, layout, format: 'text', extension: '.log.gz' };
}

/** Records of an object are in no order of time. */
function shuffle<T>(into: T[], below: (limit: number) => number): void {
  for (let last = into.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [into[last], into[other]] = [into[other]!, into[last]!];
  }
}
