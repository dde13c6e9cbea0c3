/** The options that are rarely touched, in a few words each, for when they are folded away. */
import type { AskedLogType, Counting, View } from '../../query/model';
import { hasMember } from '../../query/query-schema';
import { viewOf, type SavedQuery } from '../saved-query';
import { SECONDS } from '../config-editor/quantity';
import { describeBytes } from './describe-estimate';

const COUNT = new Intl.NumberFormat('en-US');

/** What is set, each with its value; `Limits: default` and such where nothing is. */
export function describeOptions(query: SavedQuery): readonly string[] {
  const view = viewOf(query);
  const { settleSec, limits = {}, portRule, logType, direction, counting, widthPx, heightPx, keys } = query;
  const { maxObjects, maxBytes, maxSec, onLimit } = limits;
  const set = [
    ...(maxObjects === undefined ? [] : [`${COUNT.format(maxObjects)} objects`]),
    ...(maxBytes === undefined ? [] : [describeBytes(maxBytes)]),
    ...(maxSec === undefined ? [] : [SECONDS.format(maxSec)]),
    ...(onLimit === undefined ? [] : [onLimit === 'fail' ? 'then fail' : 'then answer in part']),
  ];
  return [
    ...(logType === undefined
      ? []
      : [`Flow logs: ${LOG_TYPE_NAMES[logType]}${direction === undefined ? '' : `, ${direction}`}`]),
    ...(counting === undefined ? [] : [`Counting: ${COUNTING_NAMES[counting].toLowerCase()}`]),
    `Settle delay: ${settleSec === undefined ? 'default' : settleSec === 0 ? 'none' : SECONDS.format(settleSec)}`,
    `Limits: ${set.length === 0 ? 'default' : set.join(', ')}`,
    ...(hasPortRule(view) ? [`Ports: ${portRule === 'as-logged' ? 'both' : 'the lower'}`] : []),
    ...(widthPx === undefined && heightPx === undefined
      ? []
      : [`Canvas: ${widthPx ?? 'auto'} × ${heightPx ?? 'auto'}`]),
    ...(view === 'graph' && keys !== undefined ? [`Group by: ${keys.join(', ')}`] : []),
  ];
}

/** Kinds of flow logs for people. */
export const LOG_TYPE_NAMES: Readonly<Record<AskedLogType, string>> = {
  vpc: 'VPCs',
  'transit-gateway': 'Transit gateways',
  all: 'All, as logged',
};

/** Ways to count for people. */
export const COUNTING_NAMES: Readonly<Record<Counting, string>> = {
  once: 'Each byte once',
  'as-logged': 'As logged',
};

/** Whether the view shows ports at all; a stat has nothing but totals. */
export function hasPortRule(view: View): boolean {
  return view !== 'stat' && hasMember(view, 'portRule');
}
