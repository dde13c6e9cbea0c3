/**
 * The digest that all answers are compared with: line by line into a map, as plainly as its definition, and with nothing
 * in common with `src/digest`. Default format, whole records only.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Answer, type AnswerRow, selectTop } from './answer';

/** Digests gzip objects of default-format records. Throws on a line that is no such record. */
export function computeReference(files: readonly string[]): Answer {
  return referenceOfTexts(files, (file) => gunzipSync(readFileSync(file)).toString('latin1'));
}

/** The same for any source of texts. */
export function referenceOfTexts<T>(sources: Iterable<T>, read: (source: T) => string): Answer {
  const groups = new Map<string, { bytes: number; packets: number }>();
  const total = { flows: 0, bytes: 0, packets: 0 };
  for (const source of sources) {
    for (const line of read(source).split('\n')) {
      if (line === '' || line.startsWith('version ')) {
        continue;
      }
      const cells = line.split(' ');
      const [version, account, eni, srcaddr, dstaddr, srcport, dstport, protocol, packets, bytes, , , action, status] =
        cells;
      if (cells.length !== 14 || status !== 'OK') {
        throw new Error(`cannot digest a line of ${String(source)}: ${line}`);
      }
      const ports = Number(srcport) < Number(dstport) ? `${srcport} 0` : `0 ${dstport}`;
      const key = `${version} ${account} ${eni} ${srcaddr} ${dstaddr} ${ports} ${protocol} ${action} ${status}`;
      const group = groups.get(key) ?? { bytes: 0, packets: 0 };
      groups.set(key, group);
      for (const into of [group, total]) {
        into.bytes += Number(bytes);
        into.packets += Number(packets);
      }
      total.flows++;
    }
  }
  const rows: AnswerRow[] = Array.from(groups, ([key, sums]) => ({ key, ...sums }));
  return { groups: groups.size, ...total, top: selectTop(rows) };
}
