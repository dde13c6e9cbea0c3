/**
 * Pages for the stores of files: of the size and shape that S3 gives its listings.
 */

import type { ListPage, StoredObject } from './store';

/** Objects and prefixes together, as in ListObjectsV2. */
export const PAGE_ENTRIES = 1000;

/** An entry of a listing: an object, a folded prefix, or nothing if it vanished in between. */
export type ListEntry = StoredObject | string | undefined;

/**
 * Turns sorted steps, in runs of any length, into pages of entries; `toEntry` runs for a whole page at once. There is one page at least, as there
 * is one answer at least from S3.
 */
export async function* pagesFromSteps<Step>(
  steps: AsyncIterable<readonly Step[]> | Iterable<readonly Step[]>,
  toEntry: (step: Step) => Promise<ListEntry>,
): AsyncGenerator<ListPage> {
  let pending: readonly Step[] = [];
  let isFirst = true;
  for await (const some of steps) {
    pending = pending.length === 0 ? some : [...pending, ...some];
    while (pending.length >= PAGE_ENTRIES) {
      const page = pending.slice(0, PAGE_ENTRIES);
      pending = pending.slice(PAGE_ENTRIES);
      yield pageFromEntries(await Promise.all(page.map(toEntry)));
      isFirst = false;
    }
  }
  if (pending.length > 0 || isFirst) {
    yield pageFromEntries(await Promise.all(pending.map(toEntry)));
  }
}

function pageFromEntries(entries: readonly ListEntry[]): ListPage {
  return {
    objects: entries.filter((entry) => typeof entry === 'object'),
    prefixes: entries.filter((entry) => typeof entry === 'string'),
  };
}
