/**
 * Sums by flow as flowlogs_reader prints them: columns in alphabetical order, separated by tabs, times in UTC.
 */
import { cellText, findKey, measureValues } from '../digest/digest';
import type { Digest, KeyColumn } from '../digest/digest';

const KEYS = ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'] as const;
const HEADER = 'bytes\tdstaddr\tdstport\tend\tpackets\tprotocol\tsrcaddr\tsrcport\tstart\n';
const PIECE_CHARS = 1 << 15;

/**
 * A header and a line per flow, in the order of the digests' keys. Records that lack a part of the key are left out;
 * `noteLeftOut` gets their number at the end, if there are any.
 */
export async function* printAggregate(
  digests: Iterable<Digest> | AsyncIterable<Digest>,
  noteLeftOut: (flows: number) => void,
): AsyncIterable<string> {
  yield HEADER;
  let leftOut = 0;
  for await (const digest of digests) {
    yield* printFlows(digest, (flows) => (leftOut += flows));
  }
  if (leftOut > 0) {
    noteLeftOut(leftOut);
  }
}

/** Lines, many in a piece. */
function* printFlows(digest: Digest, leaveOut: (flows: number) => void): Iterable<string> {
  const [srcaddr, dstaddr, srcport, dstport, protocol] = KEYS.map((name): KeyColumn => {
    const column = findKey(digest, name);
    if (!column) {
      throw new Error(`BUG: the digest has no ${name}`);
    }
    return column;
  }) as [KeyColumn, KeyColumn, KeyColumn, KeyColumn, KeyColumn];
  const bytes = measureValues(digest, 'bytes');
  const packets = measureValues(digest, 'packets');
  let piece = '';
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
      leaveOut(digest.flows[row]!);
    } else {
      piece += `${cells.join('\t')}\n`;
    }
    if (piece.length > PIECE_CHARS) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

/** `2015-08-12 13:47:44`; nothing if no record had one. */
function timeText(sec: number): string {
  return Number.isFinite(sec) ? new Date(sec * 1000).toISOString().slice(0, 19).replace('T', ' ') : '';
}
