/**
 * The digest that all answers are compared with: line by line into a map, as plainly as its definition, and with nothing
 * in common with `src/digest`. Default format, whole records only.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DEFAULT_FORMAT } from '../src/flow/fields';
import { type Answer, type AnswerRow, TOP, keyFromCells, selectTop } from './answer';
import type { Corpus } from './corpora/corpus';
import { DEFAULT_QUESTION, type Question } from './questions';

/** Another number when something below changes: right answers that an older one found are not taken then. */
const VERSION = 1;

/** The right answer over a corpus of default-format records, found once and kept beside the corpus. */
export function findAnswer({ folder, files }: Corpus, question = DEFAULT_QUESTION): Answer {
  const id = JSON.stringify([VERSION, TOP, question.name, question.keys, question.filter]);
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 8);
  const kept = join(dirname(folder), `${basename(folder)}-answer-${hash}.json`);
  if (!existsSync(kept)) {
    const answer = referenceOfTexts(files, (file) => gunzipSync(readFileSync(file)).toString('latin1'), question);
    writeFileSync(kept, JSON.stringify(answer));
  }
  return JSON.parse(readFileSync(kept, 'utf8')) as Answer;
}

/** The right answer over any source of texts. Throws on a line that is no record of the default format. */
export function referenceOfTexts<T>(
  sources: Iterable<T>,
  read: (source: T) => string,
  { keys, accepts = () => true }: Question = DEFAULT_QUESTION,
): Answer {
  const groups = new Map<string, { bytes: number; packets: number }>();
  const total = { flows: 0, bytes: 0, packets: 0 };
  const isLowerPort = keys.includes('srcport') && keys.includes('dstport');
  for (const source of sources) {
    for (const line of read(source).split('\n')) {
      if (line === '' || line.startsWith('version ')) {
        continue;
      }
      const values = line.split(' ');
      const cells = Object.fromEntries(DEFAULT_FORMAT.map((name, column) => [name, values[column] ?? '']));
      if (values.length !== DEFAULT_FORMAT.length || cells['log-status'] !== 'OK') {
        throw new Error(`cannot digest a line of ${String(source)}: ${line}`);
      }
      if (!accepts(cells)) {
        continue;
      }
      if (isLowerPort) {
        cells[Number(cells['srcport']) < Number(cells['dstport']) ? 'dstport' : 'srcport'] = '0';
      }
      const key = keyFromCells(cells, keys);
      const group = groups.get(key) ?? { bytes: 0, packets: 0 };
      groups.set(key, group);
      for (const into of [group, total]) {
        into.bytes += Number(cells['bytes']);
        into.packets += Number(cells['packets']);
      }
      total.flows++;
    }
  }
  const rows: AnswerRow[] = Array.from(groups, ([key, sums]) => ({ key, ...sums }));
  return { groups: groups.size, ...total, top: selectTop(rows) };
}
