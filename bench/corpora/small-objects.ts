/** The same records in thousands of objects of 3 kB and in some large ones. */
import { type Corpus, openCorpus } from './corpus';
import { openMerged } from './derived';

/** Objects of 3 kB, and how many of them are one large object. */
const SMALL_OBJECT_RECORDS = 90;
const SMALL_PER_LARGE = 250;

/** The same records in objects of 3 kB and in large ones. In a short run there are fewer of both. */
export async function openSmallAndLarge(
  out: string,
  records: number,
): Promise<{ readonly small: Corpus; readonly large: Corpus }> {
  const objects = Math.round((records * 30_000) / 2_000_000);
  const small = await openCorpus(out, { records: objects * SMALL_OBJECT_RECORDS, objects });
  return { small, large: await openMerged(small, SMALL_PER_LARGE) };
}

/** How many objects there are, and how large one is. */
export function sayObjects({ files, storedBytes }: Corpus): string {
  return `${files.length.toLocaleString('en')} objects of ${(storedBytes / files.length / 1e3).toFixed(0)} kB`;
}
