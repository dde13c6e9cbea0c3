/** Which of the formats on offer a client's `Accept` header asks for (RFC 9110, section 12.5.1). */

/** The offered media type that `accept` likes best, the earlier of equals; `undefined` if it refuses all. */
export function chooseType<T extends string>(accept: string | undefined, offered: readonly T[]): T | undefined {
  const ranges = (accept ?? '*/*').split(',').map(parseRange);
  let best: T | undefined;
  let bestQuality = 0;
  for (const type of offered) {
    const fitting = ranges.filter(({ range }) => matches(range, type));
    // The most exact range counts: `text/*;q=0.5, text/plain` likes text/plain fully.
    const exactness = Math.max(0, ...fitting.map(({ range }) => rankOf(range)));
    const quality = Math.max(0, ...fitting.filter(({ range }) => rankOf(range) === exactness).map(({ q }) => q));
    if (quality > bestQuality) {
      best = type;
      bestQuality = quality;
    }
  }
  return best;
}

/** True if the client takes gzip. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((part) => {
    const { range, q } = parseRange(part);
    return (range === 'gzip' || range === '*') && q > 0;
  });
}

function parseRange(text: string): { readonly range: string; readonly q: number } {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  return { range, q: q === undefined ? 1 : Number(q.slice(2)) || 0 };
}

function matches(range: string, type: string): boolean {
  return range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)));
}

function rankOf(range: string): number {
  return range === '*/*' ? 1 : range.endsWith('/*') ? 2 : 3;
}
