/**
 * Which known name somebody may have meant: for "did you mean …?" in errors about fields, members and values. It only
 * suggests; nothing is ever corrected silently.
 */

/** Longer names are not compared: nobody mistypes one, and the comparison costs length × length. */
const MAX_COMPARED = 64;

/**
 * The candidate nearest to `name` (letter case and `_` for `-` count for nothing), or `undefined` if none is near. Near
 * is a third of the name's letters changed, or a name that begins with it; of equally near ones the first is taken.
 */
export function findNearestName(name: string, candidates: readonly string[]): string | undefined {
  if (name.length === 0 || name.length > MAX_COMPARED) {
    return undefined;
  }
  const wanted = fold(name);
  let nearest: string | undefined;
  let least = Math.min(3, Math.max(1, Math.floor(wanted.length / 3))) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, fold(candidate));
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  if (nearest !== undefined || wanted.length < 2) {
    return nearest;
  }
  return candidates.find((candidate) => fold(candidate).startsWith(wanted));
}

/** The end of an error message: ` (did you mean dstport?)`, or nothing. */
export function suggestionText(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** Letters to insert, delete, replace or swap with their neighbour, each counted once. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
