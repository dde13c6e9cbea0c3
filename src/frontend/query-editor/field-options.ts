/** Fields as pickers offer them, and as a query holds what is typed instead. */
import { findKnownName, isColumnName, isSideless, printFieldName, type NamePlace } from '../../query/field-name';
import type { FieldSummary } from '../../query/resource-answers';
import type { PickerOption } from './MultiPicker';

/** The fields that may stand in that place; those that the logs have first, each with its meaning. */
export function fieldOptions(fields: readonly FieldSummary[], place: NamePlace): readonly PickerOption[] {
  const derivedFor = place === 'filter' ? 'filter' : 'key';
  const rank = ({ isFound, derived }: FieldSummary): number => (isFound || derived !== undefined ? 0 : 1);
  return fields
    .filter(({ role, derived }) =>
      place === 'columns' ? derived === undefined : role === 'key' && (derived?.includes(derivedFor) ?? true),
    )
    .toSorted((a, b) => rank(a) - rank(b))
    .map((field) => ({
      value: printFieldName(field.name),
      label: field.name,
      description: rank(field) === 0 ? field.meaning : `${field.meaning} (not in the newest logs)`,
    }));
}

/** The name as a query holds it, a new column in backticks; `undefined` if it cannot be one. */
export function readFieldName(text: string, place: NamePlace): string | undefined {
  const name = text.replace(/^`(.*)`$/s, '$1');
  const known = findKnownName(name, place);
  if (known !== undefined && name === text) {
    return known;
  }
  // A name for either side of a flow is no column.
  return isColumnName(name) && !isSideless(name) ? `\`${name}\`` : undefined;
}
