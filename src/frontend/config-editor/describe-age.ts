const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** How long ago, in its largest unit of which there are two: `3 days ago`, `90 seconds ago`. */
export function describeAge(ageSec: number): string {
  const [unit, sec] = UNITS.find(([, of]) => ageSec >= 2 * of) ?? (['second', 1] as const);
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(-Math.floor(ageSec / sec), unit);
}
