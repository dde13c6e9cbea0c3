/** Frames as a reader sees them: fields by name, rows as objects. */
import type { Frame, FrameField, JsonValue } from '../../../src/frame/frame';

/** The field of that name, which must be there once. */
export function fieldOf(frame: Frame, name: string): FrameField {
  const found = frame.fields.filter((field) => field.name === name);
  expect(found.map((field) => field.name)).toEqual([name]);
  return found[0]!;
}

/** The values of a field. */
export function valuesOf(frame: Frame, name: string): JsonValue[] {
  return Array.from<JsonValue>(fieldOf(frame, name).values as ArrayLike<JsonValue>);
}

/** The rows of a frame by field names; all of them if none are given. */
export function rowsOf(frame: Frame, ...names: string[]): Record<string, JsonValue>[] {
  const chosen = names.length > 0 ? names : frame.fields.map(({ name }) => name);
  const columns = chosen.map((name) => valuesOf(frame, name));
  return Array.from({ length: columns[0]?.length ?? 0 }, (_, row) =>
    Object.fromEntries(chosen.map((name, i) => [name, columns[i]![row]!])),
  );
}
