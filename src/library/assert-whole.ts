/**
 * Answers that lack something do not pass for whole ones.
 */
import { FlowError } from '../errors';
import type { Problems, Selection } from '../scan/selection';

/** What is done when something that was asked for cannot be read. */
export interface MissingOptions {
  /**
   * `throw` (the default): all that can be read is read, then the first failure is thrown. `note`: it is only in
   * `problems` and `selection.archivedObjects`.
   */
  readonly onMissing?: 'throw' | 'note';
}

/** Throws the first problem, if there is any, unless they are only to be noted. */
export function assertWhole(
  { problems, selection }: { readonly problems: Problems; readonly selection: Pick<Selection, 'archivedObjects'> },
  { onMissing = 'throw' }: MissingOptions,
): void {
  if (onMissing === 'note') {
    return;
  }
  const [first] = problems.first;
  if (first) {
    const { key, code, message } = first;
    const others = problems.count > 1 ? ` (and ${problems.count - 1} more)` : '';
    const text = message.includes(key) ? message : `cannot read ${key}: ${message}`;
    throw new FlowError(code, text + others, { fields: { key, count: problems.count } });
  }
  if (selection.archivedObjects > 0) {
    throw new FlowError(
      'unavailable',
      `cannot read ${selection.archivedObjects} objects: they are in an archive storage class; restore them first`,
      { fields: { count: selection.archivedObjects } },
    );
  }
}
