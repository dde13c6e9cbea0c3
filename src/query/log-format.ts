/**
 * The columns of logs without a header line, as people write them: names, or the `LogFormat` of AWS
 * (`${version} ${account-id} …`).
 */
import { FlowError } from '../errors';
import { FIELDS, findField } from '../flow/fields';
import { splitLine } from '../flow/header';
import { findNearestName, suggestionText } from './nearest-name';

const NAME = /^[a-z][a-z0-9-]*$/;

/**
 * Reads the columns, separated by spaces or commas. Names newer than the dictionary are taken as they are, unless they look
 * like a documented one mistyped. Throws `bad-settings`, saying which name is wrong.
 */
export function parseLogFormat(text: string): readonly string[] {
  // A format copied from a shell or a JSON text may still have its quotes.
  const unquoted = text.trim().replace(/^(["'])(.*)\1$/s, '$2');
  const columns = splitLine(unquoted.replaceAll(',', ' ').replace(/\$\{([^{}]*)\}/g, ' $1 '));
  for (const column of columns) {
    assertName(column);
  }
  if (!columns.some((name) => findField(name) !== undefined)) {
    throw formatError(`${JSON.stringify(text)} names no documented field`);
  }
  return columns;
}

function assertName(name: string): void {
  if (findField(name) !== undefined) {
    return;
  }
  const nearest = findNearestName(
    name,
    FIELDS.map((field) => field.name),
  );
  // A third tag would be a new field and no mistake.
  const isNumbered = nearest !== undefined && name.replace(/-?\d+$/, '') === nearest.replace(/-?\d+$/, '');
  if (!NAME.test(name) || (nearest !== undefined && !isNumbered)) {
    throw formatError(`${JSON.stringify(name)} is not the name of a field${suggestionText(nearest)}`);
  }
}

function formatError(why: string): FlowError {
  return new FlowError('bad-settings', `cannot use the header: ${why}`, { fields: { setting: 'header' } });
}
