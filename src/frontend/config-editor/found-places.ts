/** What looking for flow logs found, by the places that they deliver to and as the config editor can add them. */
import { logGroupPlace, parseLogsLocation } from '../../flow/logs-location';
import { parseS3Location } from '../../flow/s3-location';
import type { DeliveryState, DiscoveredFlowLog, Discovery, ProposedSource } from '../../query/discovery';
import type { SourceConfig } from '../settings';
import { sourceNameOf } from './find-source-problems';

/** One place, with the flow logs that deliver to it. */
export interface FoundPlace {
  readonly proposed: ProposedSource;
  readonly flowLogs: readonly DiscoveredFlowLog[];
  /** A source reads it already. */
  readonly isConfigured: boolean;
}

/** The places, and the flow logs whose destination cannot be read. */
export function groupByPlace(
  { flowLogs, sources }: Discovery,
  configured: readonly SourceConfig[],
): { readonly places: readonly FoundPlace[]; readonly unreadable: readonly DiscoveredFlowLog[] } {
  const byId = new Map(flowLogs.map((flowLog) => [flowLog.id, flowLog]));
  const keys = new Set(configured.map(({ location = '' }) => placeKey(location)));
  return {
    places: sources.map((proposed) => ({
      proposed,
      flowLogs: proposed.flowLogIds.flatMap((id) => byId.get(id) ?? []),
      isConfigured: keys.has(placeKey(proposed.location)),
    })),
    unreadable: flowLogs.filter(({ destination }) => destination.location === undefined),
  };
}

/** The source to add: without its name if another one has that. */
export function sourceFromProposed(
  { name, location, header }: ProposedSource,
  configured: readonly SourceConfig[],
): SourceConfig {
  const isTaken = configured.some(
    (source) => name !== undefined && [sourceNameOf(source), source.location].includes(name),
  );
  return { ...(name !== undefined && !isTaken && { name }), location, ...(header !== undefined && { header }) };
}

/** What somebody has to see to comes first. */
const WORST_FIRST: readonly DeliveryState[] = ['failed', 'denied', 'stopped', 'empty', 'unchecked', 'delivering'];

/** Those that do not deliver before those that do. */
export function worstFirst(flowLogs: readonly DiscoveredFlowLog[]): readonly DiscoveredFlowLog[] {
  const rankOf = ({ check }: DiscoveredFlowLog) => WORST_FIRST.indexOf(check.state);
  return flowLogs.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** How many flow logs are in which state. */
export function countStates(
  flowLogs: readonly DiscoveredFlowLog[],
): readonly (readonly [state: DeliveryState, count: number])[] {
  return WORST_FIRST.map(
    (state) => [state, flowLogs.filter(({ check }) => check.state === state).length] as const,
  ).filter(([, count]) => count > 0);
}

/** One text for all ways of writing a place; of a location that cannot be read, as it is. */
function placeKey(location: string): string {
  try {
    const group = parseLogsLocation(location);
    if (group !== undefined) {
      return logGroupPlace(group);
    }
    const inS3 = parseS3Location(location);
    return inS3 ? `s3://${inS3.bucket}/${inS3.prefix}`.replace(/\/(?:AWSLogs)?\/?$/, '') : location;
  } catch {
    return location;
  }
}
