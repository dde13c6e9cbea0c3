/**
 * What is packed of a window: the digests of its objects by one plan, and those of whole hours and longer windows added up
 * by a few others, of which each serves what some panels ask and is as small as that allows. Who packs and who reads know
 * them by name.
 */
import { compilePlan, type DigestPlan } from '../digest/plan';
import { defaultKeys, type ScanQuery } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';
import { HOUR_SEC } from './object-windows';

/** Plans of windows. */
export type PackedPlanName = 'accounts' | 'refused' | 'services' | 'rejects' | 'talks';

const PLANS_OF_HOURS: readonly PackedPlanName[] = ['accounts', 'refused', 'services', 'rejects', 'talks'];
/** Where talks have one bucket, they are fewer than services in buckets of minutes. */
const PLANS_OF_LONGER: readonly PackedPlanName[] = ['accounts', 'refused', 'talks', 'services', 'rejects'];

/** The plans of windows of that length; the first that tells all that is asked is the cheapest. */
export function packedPlanNames(lengthSec: number): readonly PackedPlanName[] {
  return lengthSec === HOUR_SEC ? PLANS_OF_HOURS : PLANS_OF_LONGER;
}

/** Made of the objects themselves: it counts every record where it was logged, which the digests of objects do not tell. */
export const AS_LOGGED_PLAN_NAME = 'accounts' satisfies PackedPlanName;

/** As long as an object's records: finer buckets make twice the rows, and only short ranges have finer steps. */
const OBJECT_BUCKET_SEC = 300;
const ALL_KEYS: readonly string[] = [...new Set([...defaultKeys('graph'), ...defaultKeys('table'), 'region'])];

const ASKED: Readonly<Record<PackedPlanName | 'objects', object>> = {
  objects: { keys: ALL_KEYS, bucketSec: OBJECT_BUCKET_SEC },
  accounts: { keys: ['account-id', 'region', 'action'], bucketSec: OBJECT_BUCKET_SEC, counting: 'as-logged' },
  refused: { keys: ['account-id', 'region', 'action'], bucketSec: OBJECT_BUCKET_SEC, filter: 'action = REJECT' },
  services: { keys: ['account-id', 'region', 'port', 'protocol', 'action'], bucketSec: OBJECT_BUCKET_SEC },
  rejects: { keys: ALL_KEYS, bucketSec: OBJECT_BUCKET_SEC, filter: 'action = REJECT' },
  talks: { keys: ALL_KEYS },
};

/** More distinct keys in a window end the scan that packs it: what was digested until then is packed. */
const MAX_KEYS = 5_000_000;

/** The plan of the digests of objects: of all time, counting as panels do. */
export const objectsPlan = (): DigestPlan => withoutRange(packedQuery('objects', {}, 0));

/** The plan of that name of windows of that length: of all time, counting as panels do unless it says how. */
export function packedPlan(name: PackedPlanName, lengthSec: number): DigestPlan {
  return withoutRange(packedQuery(name, name === 'talks' ? { bucketSec: lengthSec } : {}, 0));
}

/** The query whose scan makes the digests of a window's objects by that plan. */
export function packedQuery(name: PackedPlanName | 'objects', asked: object, nowMs: number): ScanQuery {
  const limits = { maxKeys: MAX_KEYS, onLimit: 'partial' };
  return normaliseScanQuery({ view: 'series', counting: 'once', limits, ...ASKED[name], ...asked }, { nowMs });
}

function withoutRange(query: ScanQuery): DigestPlan {
  const plan = compilePlan(query);
  if (plan.kind !== 'digest') {
    throw new Error('BUG: a series is made of records');
  }
  return { ...plan, range: undefined };
}
