/** How old something is, in words. */
const UNITS: readonly (readonly [sec: number, name: string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** A length of time for people, in its largest unit of which there are two: `90 seconds`, `4 minutes`, `3 days`. */
export function describeAge(sec: number): string {
  const [unitSec, name] = UNITS.find(([unit]) => sec >= 2 * unit) ?? [1, 'second'];
  const count = Math.floor(sec / unitSec);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
