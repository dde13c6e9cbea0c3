/** Numbers as people type them into settings: bytes, lengths of time and counts, with their units. */
import { parseDuration } from '../../query/time';

/** How a number is written and read. */
export interface Quantity {
  /** The number, or nothing if the text is none. */
  parse(text: string): number | undefined;
  /** The shortest text that `parse` reads as exactly that number. */
  format(value: number): string;
  /** What a wrong text is told to look like. */
  readonly example: string;
}

const POWERS = ['', 'k', 'm', 'g', 't', 'p'];
const BYTES_TEXT = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:([kmgtp])(i)?)?(?:b|bytes?)?$/i;

/** `50 GB` (10⁹), `2 GiB` (2³⁰), `1.5 TB`, `4096`. */
export const BYTES: Quantity = {
  example: '50 GB or 2 GiB',
  parse(text) {
    const match = BYTES_TEXT.exec(text.trim());
    if (!match) {
      return undefined;
    }
    const [, number = '', prefix = '', binary] = match;
    return Math.round(Number(number) * (binary ? 1024 : 1000) ** POWERS.indexOf(prefix.toLowerCase()));
  },
  format(value) {
    const exact = (['iB', 'B'] as const).flatMap((suffix) =>
      POWERS.slice(1).flatMap((power, index) => {
        const scaled = value / (suffix === 'iB' ? 1024 : 1000) ** (index + 1);
        const prefix = power === 'k' && suffix === 'B' ? 'k' : power.toUpperCase();
        return scaled >= 1 && Number(scaled.toFixed(2)) === scaled ? [`${scaled} ${prefix}${suffix}`] : [];
      }),
    );
    return [...exact, `${value} B`].reduce((best, text) => (text.length < best.length ? text : best));
  },
};

const DURATION_UNITS: readonly (readonly [unit: string, sec: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** Seconds: `90s`, `15m`, `1h30m`, `90`, `0.5s`. */
export const SECONDS: Quantity = {
  example: '90s or 15m',
  parse(text) {
    const compact = text.replace(/\s+/g, '');
    if (/^\d+\.\d+s?$/.test(compact)) {
      return Number.parseFloat(compact);
    }
    try {
      return parseDuration(compact);
    } catch {
      return undefined;
    }
  },
  format(value) {
    const [unit, sec] = DURATION_UNITS.find(([, of]) => value > 0 && value % of === 0) ?? ['s', 1];
    return `${value / sec}${unit}`;
  },
};

/** Milliseconds, typed as `500ms` or as seconds are. */
export const MILLISECONDS: Quantity = {
  example: '15s or 500ms',
  parse(text) {
    const [, ms] = /^(\d+)\s*ms$/i.exec(text.trim()) ?? [];
    const sec = ms === undefined ? SECONDS.parse(text) : undefined;
    return ms !== undefined ? Number(ms) : sec === undefined ? undefined : Math.round(sec * 1000);
  },
  format: (value) => (value % 1000 === 0 ? SECONDS.format(value / 1000) : `${value}ms`),
};

/** `50,000`, `50 000`, `200k`, `1.5M`. */
export const COUNT: Quantity = {
  example: '50,000 or 2M',
  parse(text) {
    const trimmed = text.trim();
    if (/^(?:\d+|\d{1,3}(?:[, _]\d{3})+)$/.test(trimmed)) {
      return Number(trimmed.replace(/[, _]/g, ''));
    }
    const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([km])$/i.exec(trimmed) ?? [];
    return number === undefined ? undefined : Math.round(Number(number) * (unit!.toLowerCase() === 'k' ? 1e3 : 1e6));
  },
  format: (value) => value.toLocaleString('en-US'),
};
