/**
 * Sums by flow as flowlogs_reader prints them: columns in alphabetical order, separated by tabs, times in UTC.
 */
import { cellText, findKey, measureValues } from '../digest/digest';
import type { Digest, KeyColumn } from '../digest/digest';

const KEYS = ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'] as const;
const HEADER = 'bytes\tdstaddr\tdstport\tend\tpackets\tprotocol\tsrcaddr\tsrcport\tstart\n';

/**
 * A header and a line per flow, in the order of the digest's keys. Records that lack a part of the key are left out;
 * `noteLeftOut` gets their number at the end, if there are any.
 */
export function* printAggregate(digest: Digest, noteLeftOut: (flows: number) => void): Iterable<string> {
  yield HEADER;
  const [srcaddr, dstaddr, srcport, dstport, protocol] = KEYS.map((name): KeyColumn => {
    const column = findKey(digest, name);
    if (!column) {
      throw new Error(`BUG: the digest has no ${name}`);
    }
    return column;
  }) as [KeyColumn, KeyColumn, KeyColumn, KeyColumn, KeyColumn];
  const bytes = measureValues(digest, 'bytes');
  const packets = measureValues(digest, 'packets');
  let leftOut = 0;
  for (let row = 0; row < digest.rowCount; row++) {
    const cells = [
      String(bytes[row]),
      cellText(dstaddr, row),
      cellText(dstport, row),
      timeText(digest.maxEndSec[row]!),
      String(packets[row]),
      cellText(protocol, row),
      cellText(srcaddr, row),
      cellText(srcport, row),
      timeText(digest.minStartSec[row]!),
    ];
    if (cells.includes('-')) {
      leftOut += digest.flows[row]!;
    } else {
      yield `${cells.join('\t')}\n`;
    }
  }
  if (leftOut > 0) {
    noteLeftOut(leftOut);
  }
}

/** `2015-08-12 13:47:44`; nothing if no record had one. */
function timeText(sec: number): string {
  return Number.isFinite(sec) ? new Date(sec * 1000).toISOString().slice(0, 19).replace('T', ' ') : '';
}
