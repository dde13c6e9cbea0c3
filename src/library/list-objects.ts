/**
 * The objects of flow logs, and how a program chooses among them.
 */
import { parseObjectKey } from '../flow/object-key';
import type { FlowLogKey } from '../flow/object-key';
import { selectObjects } from '../scan/select-objects';
import type { SelectedObject, Source } from '../scan/select-objects';
import { createProblemList } from '../scan/selection';
import type { Problems, Selection } from '../scan/selection';
import type { StoredObject } from '../store/store';
import { toQuery } from './asked';
import type { Asked } from './asked';
import { assertWhole } from './assert-whole';
import type { MissingOptions } from './assert-whole';

/** An object, and what its key says if it is of AWS's layout. */
export interface ObjectFacts extends StoredObject {
  readonly parsed?: FlowLogKey;
}

/** Which objects. */
export interface ObjectOptions extends MissingOptions {
  readonly signal?: AbortSignal;
  /** Only objects of which this is true. */
  readonly where?: (object: ObjectFacts) => boolean;
}

/** Objects as they are found, and the counts so far. May be iterated once. */
export interface ObjectListing extends AsyncIterable<SelectedObject> {
  selection(): Selection;
  problems(): Problems;
}

/**
 * The objects that may hold such records, in no order: those of the accounts and regions whose stamps can belong to the
 * range. Log groups have time slices in place of objects.
 */
export function listObjects(
  { sources }: { readonly sources: readonly Source[] },
  asked: Asked = {},
  { signal, where, onMissing }: ObjectOptions = {},
): ObjectListing {
  const problems = createProblemList();
  const query = toQuery('records', asked);
  const selecting = selectObjects(withWhere(sources, where), query, { signal, problems });
  async function* objects(): AsyncGenerator<SelectedObject, void, undefined> {
    yield* selecting.objects;
    assertWhole({ problems: problems.all(), selection: selecting.selection() }, { onMissing });
  }
  return {
    [Symbol.asyncIterator]: objects,
    selection: selecting.selection,
    problems: problems.all,
  };
}

/** Sources without the objects that a program does not want. */
export function withWhere(sources: readonly Source[], where: ObjectOptions['where']): readonly Source[] {
  if (!where) {
    return sources;
  }
  const isWanted = (object: StoredObject): boolean => where({ ...object, parsed: parseObjectKey(object.key) });
  return sources.map((source) => {
    const { store, pieces } = source;
    return {
      ...source,
      store: {
        ...store,
        async *list(prefix, options) {
          for await (const page of store.list(prefix, options)) {
            yield { ...page, objects: page.objects.filter(isWanted) };
          }
        },
      },
      ...(pieces && { pieces: { ...pieces, select: async (asked) => (await pieces.select(asked)).filter(isWanted) } }),
    };
  });
}
