/**
 * Filter patterns for space-delimited messages as AWS documents them, written without a look at what makes ours: the part
 * of the grammar with `=`, `!=`, `*`, `&&` and `||` on the fields of one bracket.
 */

/** Whether a message matches. Throws for what is no pattern of that part. */
export function matchesPattern(pattern: string, message: string): boolean {
  const inner = /^\[(.*)\]$/.exec(pattern)?.[1];
  if (inner === undefined) {
    throw new Error(`not a pattern: ${pattern}`);
  }
  const conditions = inner.split(',').map((part) => part.trim());
  const fields = message.split(' ').filter((field) => field !== '');
  return fields.length === conditions.length && conditions.every((condition, i) => holds(condition, fields[i]!));
}

function holds(condition: string, value: string): boolean {
  if (/^\w+$/.test(condition)) {
    return true;
  }
  return condition.split('||').some((all) => all.split('&&').every((one) => compare(one.trim(), value)));
}

function compare(comparison: string, value: string): boolean {
  const match = /^\w+ ?(!=|=) ?(?:"([^"]*)"|([\w.*-]+))$/.exec(comparison);
  if (!match) {
    throw new Error(`not a comparison: ${comparison}`);
  }
  const [, sign, quoted, bare = ''] = match;
  const isEqual =
    quoted === undefined
      ? new RegExp(`^${bare.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(value)
      : quoted === value;
  return (sign === '=') === isEqual;
}
