/** The answer over more objects than another answer's, without adding up again what that one is of. */
import { addFew } from './add-few';
import type { Digest } from './digest';
import { indexEnds, isSameIndex, type EndIndex } from './index-ends';
import { addEnds, type LoggedEnds } from './logged-ends';
import { settleDigest } from './settle-digest';

/**
 * `answer`, which is settled and has kept its `ends`, with the rows of `more`, which is sorted and not settled; both of one
 * plan and of no object together. `undefined` if what is a copy in `answer` may be another thing with the objects of `more`:
 * all has to be added up then.
 */
export function extendDigest(answer: Digest, more: Digest): Digest | undefined {
  if (more.ends === undefined) {
    return addFew(answer, more);
  }
  const { ends: known = '' } = answer;
  const ends = addEnds([known, more.ends]);
  const knownIndex = rememberIndex(known);
  const index = rememberIndex(ends);
  if (!isSameIndex(knownIndex, index)) {
    return undefined;
  }
  return { ...addFew(answer, settleDigest({ ...more, ends }, index)), ends };
}

/** Of what was looked at last: most often the thread's last answer, which is likely to be the one that is extended next. */
let remembered: { readonly ends: LoggedEnds; readonly index: EndIndex } | undefined;

function rememberIndex(ends: LoggedEnds): EndIndex {
  if (remembered?.ends !== ends) {
    remembered = { ends, index: indexEnds(ends) };
  }
  return remembered.index;
}
