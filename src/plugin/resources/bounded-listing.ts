/**
 * Listings for pickers: at most so many pages for one answer, whatever the bucket holds. What was left out is said; a
 * listing that is refused does not end the others.
 */
import { FlowError } from '../../errors';
import { createProblemList, type Problems } from '../../scan/selection';
import type { ListOptions, ListPage, ObjectStore } from '../../store/store';

export interface BoundedListing {
  /** The pages of a prefix; ends early, and says `isCut`, when no page is left, and where the listing fails. */
  pages(store: ObjectStore, prefix: string, options?: Omit<ListOptions, 'signal'>): AsyncIterable<ListPage>;
  /** The folders below a prefix. */
  folders(store: ObjectStore, prefix: string): Promise<readonly string[]>;
  /** Something that is there may not have been looked at. */
  isCut(): boolean;
  /** Says that something was left out. */
  cut(): void;
  problems(): Problems;
  /** Throws the first failure; for who found nothing. */
  assertNoFailure(): void;
}

export interface BoundedListingOptions {
  readonly signal: AbortSignal;
  readonly maxPages: number;
}

/** No page has been read. Listings throw only `aborted` and `internal`. */
export function createBoundedListing({ signal, maxPages }: BoundedListingOptions): BoundedListing {
  const problems = createProblemList();
  let pagesLeft = maxPages;
  let isCut = false;
  let firstFailure: FlowError | undefined;

  async function* pages(
    store: ObjectStore,
    prefix: string,
    options: Omit<ListOptions, 'signal'> = {},
  ): AsyncGenerator<ListPage, void, undefined> {
    if (pagesLeft <= 0) {
      isCut = true;
      return;
    }
    // Taken before the page comes: others ask at the same time.
    pagesLeft--;
    try {
      for await (const page of store.list(prefix, { signal, ...options })) {
        yield page;
        if (pagesLeft <= 0) {
          // Whether this page was the last one is not known: rather said once too often.
          isCut = true;
          return;
        }
        pagesLeft--;
      }
      pagesLeft++;
    } catch (thrown) {
      const error = FlowError.from(thrown, 'unavailable');
      if (error.code === 'aborted' || error.code === 'internal') {
        throw error;
      }
      firstFailure ??= error;
      problems.add({ key: prefix === '' ? store.name : prefix, code: error.code, message: error.message });
    }
  }
  return {
    pages,
    async folders(store, prefix) {
      const folders: string[] = [];
      for await (const page of pages(store, prefix, { delimiter: '/' })) {
        folders.push(...page.prefixes);
      }
      return folders;
    },
    isCut: () => isCut,
    cut: () => void (isCut = true),
    problems: problems.all,
    assertNoFailure() {
      if (firstFailure) {
        throw firstFailure;
      }
    },
  };
}
