/**
 * From what Grafana sends for one query to a complete `FlowQuery`: the saved JSON, the time range of the panel or rule,
 * the data source's limits. What Grafana leaves unreplaced (`$__interval`) is understood; variables that only a browser or
 * a URL could replace are refused by name: taken as text they would match nothing, or with `!=` everything.
 */
import { FlowError } from '../errors';
import type { FlowQuery, Limits, TimeRange } from '../query/model';
import { normaliseQuery } from '../query/normalise';
import type { DataQuery } from './messages';

/** Who asks: a panel, a server-side expression, or an alert rule. */
export type Asker = 'panel' | 'expression' | 'alert';

/** Who acts on a number without seeing what is missing from it. */
export type Rule = Exclude<Asker, 'panel'>;

export interface ReadQueryOptions {
  readonly asker: Asker;
  readonly nowMs: number;
  readonly boundLimits: (asked: Partial<Limits> | undefined) => Limits;
  /** The settle delay of alert rules that name none, in seconds. */
  readonly settleDelaySec: number;
}

/** A rule is evaluated within half a minute, or Grafana gives it up. */
const MAX_ALERT_SEC = 25;
/** The buckets of a rule of events that names none: rules are evaluated every minute or so, and each bucket should be seen. */
const RULE_BUCKET_SEC = 300;
const MIN_POINTS = 10;
const MAX_POINTS = 10_000;
/** What a panel can show and one thread can make in a moment; anyone who sees a dashboard may post any query. */
const MAX_TOPS: Readonly<Partial<Record<FlowQuery['view'], number>>> = {
  table: 10_000,
  records: 5000,
  series: 1000,
  graph: 1000,
  events: 1000,
};

/** The query to answer. Throws `bad-query` or `over-limit`. */
export function readQuery(
  { json, timeRange, maxDataPoints }: DataQuery,
  { asker, nowMs, boundLimits, settleDelaySec }: ReadQueryOptions,
): FlowQuery {
  const saved = parseJson(json);
  refuseVariables(withoutInterval(saved), asker);
  const limits = readLimits(saved['limits'], boundLimits, asker);
  const isRuleOfEvents = asker !== 'panel' && saved['view'] === 'events';
  const asked = normaliseQuery(
    {
      // Groups first: an estate has more hosts than a panel draws.
      ...withoutInterval(saved),
      ...(saved['view'] === 'graph' ? { nodes: saved['nodes'] ?? 'groups' } : {}),
      ...(isRuleOfEvents ? { bucketSec: withoutInterval(saved)['bucketSec'] ?? RULE_BUCKET_SEC } : {}),
      ...(timeRange ? { range: timeRange } : {}),
      limits,
    },
    { nowMs, maxPoints: Math.min(Math.max(maxDataPoints, MIN_POINTS), MAX_POINTS) },
  );
  assertTopWithin(asked);
  if (asked.view === 'completeness') {
    // It is about what has not come yet, and judges that by the delay itself.
    return asked;
  }
  // Of events the end is all that a rule looks at; with what has not come yet it would always look calm.
  const isMoved = asker === 'alert' || isRuleOfEvents;
  const settleSec = asked.settleSec ?? (isMoved ? settleDelaySec : 0);
  const settled = asked.range && settleRange(asked.range, { settleSec, nowMs, isMoved });
  const range = settled && isRuleOfEvents && asked.view === 'events' ? wholeBuckets(settled, asked.bucketSec) : settled;
  return range ? { ...asked, range } : asked;
}

/**
 * The buckets that lie in the range as a whole, so that the newest of them can be held against the others. Throws
 * `bad-query` if there are less than two.
 */
export function wholeBuckets({ fromMs, toMs }: TimeRange, bucketSec: number): TimeRange {
  const stepMs = bucketSec * 1000;
  const whole = { fromMs: Math.ceil(fromMs / stepMs) * stepMs, toMs: Math.floor(toMs / stepMs) * stepMs };
  if (whole.toMs - whole.fromMs < 2 * stepMs) {
    throw new FlowError(
      'bad-query',
      `cannot tell events: the time range holds less than two whole buckets of ${bucketSec} s; ask for a longer range`,
      { fields: { member: 'bucketSec', found: bucketSec } },
    );
  }
  return whole;
}

/** A rule in words. */
export function describeRule(asker: Rule): string {
  return asker === 'alert' ? 'an alert rule' : 'an expression';
}

/**
 * The range without its last `settleSec` seconds before now. A rule's is moved, so that it always looks at as much time;
 * a panel's is cut, so that its axis stays. Throws `bad-query` if nothing is left.
 */
export function settleRange(
  { fromMs, toMs }: TimeRange,
  { settleSec, nowMs, isMoved }: { settleSec: number; nowMs: number; isMoved: boolean },
): TimeRange {
  const settledMs = nowMs - settleSec * 1000;
  if (toMs <= settledMs) {
    return { fromMs, toMs };
  }
  if (isMoved) {
    return { fromMs: Math.max(0, fromMs - (toMs - settledMs)), toMs: settledMs };
  }
  if (fromMs >= settledMs) {
    throw new FlowError(
      'bad-query',
      `cannot answer yet: all of the time range is younger than the settle delay of ${settleSec} s`,
      { fields: { member: 'settleSec', found: settleSec } },
    );
  }
  return { fromMs, toMs: settledMs };
}

function assertTopWithin(query: FlowQuery): void {
  const { view } = query;
  const limit = MAX_TOPS[view];
  if (limit !== undefined && 'top' in query && query.top > limit) {
    throw new FlowError(
      'over-limit',
      `cannot answer with ${query.top} of the view ${view}: top must be at most ${limit}`,
      { fields: { member: 'top', found: query.top, limit } },
    );
  }
}

function parseJson(json: Uint8Array): Record<string, unknown> {
  if (json.length === 0) {
    return {};
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(json));
  } catch (thrown) {
    throw new FlowError('bad-query', `cannot read query: it is no JSON (${(thrown as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FlowError('bad-query', 'cannot read query: it must be an object');
  }
  return value as Record<string, unknown>;
}

/** Where a browser would have put the panel's interval, the bucket follows from range and width. */
function withoutInterval(saved: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { bucketSec, ...others } = saved;
  return typeof bucketSec === 'string' && /^\$(?:__interval(?:_ms)?|\{__interval(?:_ms)?\}|__auto)$/.test(bucketSec)
    ? others
    : saved;
}

/** What of a query is no part of the question. */
const NOT_ASKED: ReadonlySet<string> = new Set(['refId', 'datasource', 'datasourceUid', 'key', 'queryType', 'limits']);

/** A variable's name begins with a letter: `$5` is no variable that anybody made. */
const UNREPLACED = /\$(?:\{[A-Za-z_][^}]*\}|[A-Za-z_]\w*)|\[\[\w+(?::\w+)?\]\]/;

function refuseVariables(saved: Readonly<Record<string, unknown>>, asker: Asker): void {
  // A list of what is still to be looked at, since JSON may be nested deeper than calls can be. The list grows meanwhile.
  const values: unknown[] = Object.entries(saved).flatMap(([name, value]) => (NOT_ASKED.has(name) ? [] : [value]));
  for (const value of values) {
    if (typeof value === 'string') {
      const variable = UNREPLACED.exec(value)?.[0];
      if (variable !== undefined) {
        const where =
          asker === 'panel'
            ? 'here: it has no value (public dashboards have none, a URL needs var-…); write the value itself'
            : `in ${describeRule(asker)}: rules have no dashboard; write the value itself`;
        throw new FlowError('bad-query', `cannot use the variable ${variable} ${where}`, {
          fields: { found: variable },
        });
      }
    } else if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach((inner) => values.push(inner));
    }
  }
}

function readLimits(asked: unknown, boundLimits: ReadQueryOptions['boundLimits'], asker: Asker): unknown {
  // What is no object of numbers is `normaliseQuery`'s to refuse.
  const isPlain =
    asked === undefined ||
    asked === null ||
    (typeof asked === 'object' &&
      !Array.isArray(asked) &&
      Object.values(asked).every((limit) => typeof limit !== 'object' || limit === null));
  if (!isPlain) {
    return asked;
  }
  const given = Object.entries(asked ?? {}).filter(([, limit]) => limit !== null);
  if (given.some(([name, limit]) => name !== 'onLimit' && !(typeof limit === 'number' && limit > 0))) {
    return asked;
  }
  const limits = boundLimits(Object.fromEntries(given));
  return asker === 'alert' ? { ...limits, maxSec: Math.min(limits.maxSec, MAX_ALERT_SEC) } : limits;
}
