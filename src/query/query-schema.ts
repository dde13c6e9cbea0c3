/**
 * The shape of a saved query: which members each view has and what each may hold. `normalise.ts` fills in what is absent
 * and reads what is text; here is only what can be said of each member by itself.
 */
import { z } from 'zod';
import { COUNTINGS, DEFAULT_LIMITS, DIRECTIONS, LOG_TYPES, MEASURES, QUERY_VERSION, type View } from './model';
import { MAX_TIME_MS } from './time';

/** Most fields that a query may group by. */
export const MAX_KEYS = 20;

/** Most columns that a records query may name: more than any format has. */
export const MAX_COLUMNS = 100;

/** Most groups, nodes or records in an answer. */
export const MAX_TOP = 100_000;

/** Longest bucket, in seconds. */
export const MAX_BUCKET_SEC = 366 * 86_400;

/**
 * Region names of every partition: `us-east-1`, `us-gov-east-1`, `us-isob-east-1`, `cn-north-1`, `eusc-de-east-1`.
 * Regions come into being, so only the form is checked.
 */
const REGION = /^[a-z]{2,4}(?:-[a-z]{2,16}){1,2}-[1-9]\d?$/;

const MAX_LIST = 10_000;

/**
 * What several views have. Schemas are made when they are first needed, and only those of the view: making all takes as long
 * as all else that happens before a command's query is known.
 */
const common = once(() => {
  const nameList = z.array(z.string().trim().min(1).max(1024)).max(MAX_LIST).optional();
  const timeMs = z.int().min(0).max(MAX_TIME_MS);
  const time = z.union([z.string(), timeMs]);
  const count = z.int().min(1);
  return {
    nameList,
    logType: z.enum(LOG_TYPES).optional(),
    top: count.max(MAX_TOP).optional(),
    bucketSec: z.union([count.max(MAX_BUCKET_SEC), z.string()]).optional(),
    base: {
      version: z.literal(QUERY_VERSION).optional(),
      sources: nameList,
      accounts: z
        .array(z.string().regex(/^\d{12}$/))
        .max(MAX_LIST)
        .optional(),
      regions: z.array(z.string().regex(REGION)).max(MAX_LIST).optional(),
      flowLogs: z
        .array(
          z
            .string()
            .trim()
            .regex(/^fl-[0-9a-f]+$/),
        )
        .max(MAX_LIST)
        .optional(),
      range: z
        .union([z.strictObject({ from: time, to: time.optional() }), z.strictObject({ fromMs: timeMs, toMs: timeMs })])
        .optional(),
      settleSec: z
        .int()
        .min(0)
        .max(7 * 86_400)
        .optional(),
      filter: z.unknown().optional(),
      limits: z
        .strictObject({
          maxObjects: count,
          maxBytes: count,
          maxKeys: count,
          maxSec: z.number().positive(),
          maxObjectTextBytes: count,
          onLimit: z.enum(['fail', 'partial']),
        })
        .partial()
        .optional(),
    },
  };
});

/** The same of views that group records. */
const grouped = once(() => ({
  ...common().base,
  logType: common().logType,
  direction: z.enum(DIRECTIONS).optional(),
  counting: z.enum(COUNTINGS).optional(),
  hops: z
    .array(
      z
        .string()
        .trim()
        .regex(/^[!-~]+$/),
    )
    .max(MAX_LIST)
    .optional(),
  keys: z.array(z.string()).max(MAX_LIST).optional(),
  measures: z.array(z.enum(MEASURES)).min(1).max(MAX_LIST).optional(),
  portRule: z.enum(['lower', 'as-logged']).optional(),
}));

/** The members of each view's queries. */
const SCHEMAS = {
  digest: once(() => z.strictObject({ ...grouped(), view: z.literal('digest'), bucketSec: common().bucketSec })),
  table: once(() =>
    z.strictObject({
      ...grouped(),
      view: z.literal('table'),
      top: common().top,
      distinct: z.array(z.string()).max(MAX_LIST).optional(),
    }),
  ),
  series: once(() =>
    z.strictObject({
      ...grouped(),
      view: z.literal('series'),
      top: common().top,
      bucketSec: common().bucketSec,
      fill: z.enum(['zero', 'null']).optional(),
      unit: z.enum(['total', 'rate']).optional(),
    }),
  ),
  graph: once(() => {
    const pixels = z.int().min(200).max(20_000).optional();
    return z.strictObject({
      ...grouped(),
      view: z.literal('graph'),
      top: common().top,
      nodes: z.enum(['hosts', 'groups']).optional(),
      expand: common().nameList,
      widthPx: pixels,
      heightPx: pixels,
    });
  }),
  stat: once(() => z.strictObject({ ...grouped(), view: z.literal('stat') })),
  events: once(() =>
    z.strictObject({
      ...grouped(),
      view: z.literal('events'),
      kind: z.enum(['bursts', 'new']).optional(),
      bucketSec: common().bucketSec,
      sigmas: z.number().min(0).max(100).optional(),
      atLeast: z.number().min(0).optional(),
      top: common().top,
    }),
  ),
  completeness: once(() => z.strictObject({ ...common().base, view: z.literal('completeness') })),
  records: once(() =>
    z.strictObject({
      ...common().base,
      view: z.literal('records'),
      logType: common().logType,
      fields: z.array(z.string()).max(MAX_LIST).optional(),
      top: common().top,
      order: z.enum(['newest', 'oldest']).optional(),
    }),
  ),
} as const satisfies Readonly<Record<View, () => z.ZodType>>;

type Schemas = { readonly [V in View]: ReturnType<(typeof SCHEMAS)[V]> };

/** What a view's queries may have. */
export function schemaOf<V extends View>(view: V): Schemas[V] {
  return SCHEMAS[view]() as Schemas[V];
}

/** Whether queries of a view may have a member of this name. */
export function hasMember(view: View, name: string): boolean {
  return Object.hasOwn(schemaOf(view).shape, name);
}

/** A query of the right shape, with anything but its view still absent. */
export type QueryInput = z.infer<Schemas[View]>;

/** All views. */
export const VIEWS: readonly View[] = Object.keys(SCHEMAS) as View[];

/** True of the name of a view. */
export function isView(value: unknown): value is View {
  return (VIEWS as readonly unknown[]).includes(value);
}

/** What one member may hold: in words for an error, and the choices where there is a list of them. */
export interface MemberDescription {
  readonly expected: string;
  readonly choices?: readonly string[];
}

const oneOf = (choices: readonly string[]): MemberDescription => ({
  expected: choices.length === 2 ? choices.join(' or ') : `one of ${choices.join(', ')}`,
  choices,
});
const atLeastOne = { expected: 'a whole number of at least 1' };

/** Every member by its path, with `*` for a place in a list. */
export const MEMBERS: Readonly<Record<string, MemberDescription>> = {
  version: { expected: String(QUERY_VERSION) },
  view: oneOf(VIEWS),
  sources: { expected: 'a list of names or locations' },
  'sources.*': { expected: 'a name or location' },
  accounts: { expected: 'a list of account ids' },
  'accounts.*': { expected: 'an account id of 12 digits, as text' },
  regions: { expected: 'a list of region names' },
  'regions.*': { expected: 'a region name such as us-east-1' },
  flowLogs: { expected: 'a list of flow log ids' },
  'flowLogs.*': { expected: 'a flow log id such as fl-0123456789abcdef0' },
  range: { expected: '{from, to} as text or Unix milliseconds, or {fromMs, toMs}' },
  settleSec: { expected: 'seconds from 0 to 604800' },
  filter: { expected: 'text or a tree' },
  limits: { expected: `an object with any of ${Object.keys(DEFAULT_LIMITS).join(', ')}` },
  'limits.maxObjects': atLeastOne,
  'limits.maxBytes': atLeastOne,
  'limits.maxKeys': atLeastOne,
  'limits.maxSec': { expected: 'a number above 0' },
  'limits.maxObjectTextBytes': atLeastOne,
  'limits.onLimit': oneOf(['fail', 'partial']),
  keys: { expected: 'a list of fields' },
  'keys.*': { expected: 'the name of a field' },
  distinct: { expected: 'a list of fields' },
  'distinct.*': { expected: 'the name of a field' },
  measures: { expected: `a list of at least one of ${MEASURES.join(', ')}` },
  'measures.*': oneOf(MEASURES),
  portRule: oneOf(['lower', 'as-logged']),
  logType: oneOf(LOG_TYPES),
  direction: oneOf(DIRECTIONS),
  counting: oneOf(COUNTINGS),
  hops: { expected: 'a list of interface ids' },
  'hops.*': { expected: 'the id of an interface' },
  top: { expected: `a whole number from 1 to ${MAX_TOP}` },
  bucketSec: { expected: `seconds from 1 to ${MAX_BUCKET_SEC}, or a duration such as 5m` },
  fill: oneOf(['zero', 'null']),
  unit: oneOf(['total', 'rate']),
  nodes: oneOf(['hosts', 'groups']),
  expand: { expected: 'a list of group ids' },
  'expand.*': { expected: 'a group id' },
  widthPx: { expected: 'pixels from 200 to 20000' },
  heightPx: { expected: 'pixels from 200 to 20000' },
  kind: oneOf(['bursts', 'new']),
  sigmas: { expected: 'a number from 0 to 100' },
  atLeast: { expected: 'a number of at least 0' },
  fields: { expected: 'a list of fields' },
  'fields.*': { expected: 'the name of a field' },
  order: oneOf(['newest', 'oldest']),
};

/** Makes something when it is first asked for, and keeps it. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
