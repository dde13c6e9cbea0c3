/**
 * Which kind of flow log a format is of. Keys do not tell: objects of transit gateways have the same grammar.
 */
import { findField } from './fields';

/** What records flow logs of: network interfaces in VPCs, or transit gateways. */
export type LogType = 'vpc' | 'transit-gateway';

/**
 * The kind of flow log that has these columns. A custom format of a transit gateway with none of the fields that only those
 * have passes for a VPC's.
 */
export function logTypeOf(columns: readonly string[]): LogType {
  return columns.some((name) => findField(name)?.scope === 'tgw') ? 'transit-gateway' : 'vpc';
}
