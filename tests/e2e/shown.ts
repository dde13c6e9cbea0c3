/** Figures as Grafana writes them in its units: three digits, in thousands. */

/** Of bytes in SI units: `70.1 MB`. */
export function shownBytes(bytes: number): string {
  return shown(bytes, ['B', 'kB', 'MB', 'GB', 'TB'], '0 B');
}

/** Of anything else: `5.61 K`, `10.8 Mil`. */
export function shownCount(count: number): string {
  return shown(count, ['', 'K', 'Mil', 'Bil'], '0').trimEnd();
}

/** With separators of thousands and no unit: `5,613`. */
export function shownExactly(count: number): string {
  return new Intl.NumberFormat('en-US').format(count);
}

/** Of a share: `2.9%`. */
export function shownShare(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function shown(value: number, units: readonly string[], zero: string): string {
  if (value === 0) {
    return zero;
  }
  const power = Math.min(Math.floor(Math.log10(value) / 3), units.length - 1);
  const scaled = value / 1000 ** power;
  const decimals = power === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(scaled)));
  return `${scaled.toFixed(decimals)} ${units[power]!}`;
}
