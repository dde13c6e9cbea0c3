/**
 * Compiles a query into what the digester needs: which fields are read, into which registers, and what is kept. A plan is
 * plain data, so that it reaches worker threads; what depends on an object's header is decided there
 * (`line-scanner.ts`).
 */
import { fieldOrText } from '../flow/fields';
import type { LogType } from '../flow/log-type';
import { rawFieldNames } from '../query/field-name';
import type { FilterNode } from '../query/filter';
import { digestKeys, filterNames } from '../query/required-fields';
import type { PortRule, RecordsQuery, ScanQuery } from '../query/model';

/** How one key's value is held in a row: `port` is derived from the two ports, the rest are columns. */
export interface PlanKey {
  readonly name: string;
  readonly kind: 'integer' | 'long' | 'address' | 'text' | 'port';
}

interface PlanBase {
  /** Records with `start` in `[fromSec, toSec)`. */
  readonly range?: { readonly fromSec: number; readonly toSec: number };
  readonly filter?: FilterNode;
  /** Objects of other flow logs are not counted; absent for all. */
  readonly logType?: LogType;
}

/** Group and add up. */
export interface DigestPlan extends PlanBase {
  readonly kind: 'digest';
  readonly keys: readonly PlanKey[];
  /** Fields to add up; `packets` and `bytes` come first. */
  readonly sums: readonly string[];
  readonly bucketSec?: number;
  readonly portRule: PortRule;
  /** Records of this direction are copies of others that count. */
  readonly copyDirection?: 'ingress' | 'egress';
  /** A flow counts once, however many interfaces recorded it (`count-once.ts`); the last two keys then tell copies. */
  readonly countsOnce?: true;
  /** Interfaces whose ACCEPT records are copies, where flows count once. */
  readonly hops?: readonly string[];
  /** More distinct keys than this is `over-limit`. */
  readonly maxKeys: number;
}

/** Keep the newest or oldest single records. */
export interface RecordsPlan extends PlanBase {
  readonly kind: 'records';
  readonly top: number;
  readonly order: RecordsQuery['order'];
}

export type Plan = DigestPlan | RecordsPlan;

/** The last of `COPY_KEYS`. */
export const FLOW_LOG_KEY = ' flow-log';

/**
 * Keys that only digests on their way to the end have: the sender of records that may be copies of others, their interface
 * where one cannot tell yet which address is its own, and the flow log that the object is of. No column can be called so.
 */
export const COPY_KEYS: readonly PlanKey[] = [
  { name: ' sender', kind: 'address' },
  { name: ' recorder', kind: 'text' },
  { name: FLOW_LOG_KEY, kind: 'text' },
];

/** Whether a key is one of `COPY_KEYS`. */
export function isCopyKey(name: string): boolean {
  return COPY_KEYS.some((key) => key.name === name);
}

/** What is read to tell whose interface recorded a flow. */
export const RECORDER_FIELDS: readonly string[] = ['interface-id', 'srcaddr', 'dstaddr', 'flow-direction'];

/** The plan of a query. Times have a resolution of one second, as records have. */
export function compilePlan(query: ScanQuery): Plan {
  const range = query.range && {
    fromSec: Math.ceil(query.range.fromMs / 1000),
    toSec: Math.ceil(query.range.toMs / 1000),
  };
  const { logType = 'all' } = query;
  const base = { range, filter: query.filter, ...(logType === 'all' ? {} : { logType }) };
  if (query.view === 'records') {
    return { ...base, kind: 'records', top: query.top, order: query.order };
  }
  const countsOnce = query.counting === 'once';
  return {
    ...base,
    kind: 'digest',
    keys: [...digestKeys(query).map(planKey), ...(countsOnce ? COPY_KEYS : [])],
    ...(countsOnce ? { countsOnce } : {}),
    ...(query.hops ? { hops: query.hops } : {}),
    sums: [...new Set(['packets', 'bytes', ...query.measures.filter((measure) => measure !== 'flows')])],
    bucketSec: 'bucketSec' in query ? query.bucketSec : undefined,
    portRule: query.portRule,
    ...(query.direction === undefined || query.direction === 'both'
      ? {}
      : { copyDirection: query.direction === 'ingress' ? 'egress' : 'ingress' }),
    maxKeys: query.limits.maxKeys,
  };
}

function planKey(name: string): PlanKey {
  return { name, kind: name === 'port' ? 'port' : fieldOrText(name).type };
}

/**
 * Whether lines of the status NODATA or SKIPDATA may count: only where the filter asks for `log-status`. They are no traffic,
 * so without that they are tallied and left out.
 */
export function asksStatus({ filter }: Plan): boolean {
  return filter !== undefined && filterNames(filter).includes('log-status');
}

/** The columns that a plan reads because the query names them, in the order of first use. */
export function namedFields(plan: Plan): readonly string[] {
  const keys =
    plan.kind === 'digest'
      ? [...plan.keys.map(({ name }) => name).filter((name) => !isCopyKey(name)), ...plan.sums]
      : [];
  const filters = plan.filter ? filterNames(plan.filter) : [];
  const told = plan.kind === 'digest' && plan.copyDirection ? ['flow-direction'] : [];
  return [...new Set([...keys, ...filters, ...told].flatMap(rawFieldNames))];
}

/** The columns that a plan reads, and every plan those that say when a record was and whether it is one; `undefined` for all. */
export function readFields(plan: Plan): readonly string[] | undefined {
  return plan.kind === 'records'
    ? undefined
    : [...new Set([...ALWAYS_READ, ...namedFields(plan), ...judgedFields(plan)])];
}

/** The columns that a plan reads to tell copies. A format that lacks some is nothing to remark on. */
export function judgedFields(plan: Plan): readonly string[] {
  return plan.kind === 'digest' && plan.countsOnce ? [...RECORDER_FIELDS, 'action'] : [];
}

/** 64-bit fields that every plan reads, and the status. */
const ALWAYS_READ: readonly string[] = ['start', 'end', 'packets', 'bytes', 'log-status'];
