/** From flow logs to the places that they deliver to: one source for each, however many share it. */

import type { DiscoveredFlowLog, ProposedSource } from '../query/discovery';

type Found = Pick<DiscoveredFlowLog, 'id' | 'name' | 'columns' | 'destination'>;

/** The sources, by location; none for what cannot be read. */
export function proposeSources(flowLogs: readonly Found[]): readonly ProposedSource[] {
  const byPlace = new Map<string, Found[]>();
  for (const flowLog of flowLogs) {
    const { location } = flowLog.destination;
    if (location !== undefined) {
      // With a final slash or without: people write both and mean one folder.
      const place = location.replace(/\/+$/, '');
      byPlace.set(place, [...(byPlace.get(place) ?? []), flowLog]);
    }
  }
  const places = [...byPlace.keys()];
  const usedNames = new Set<string>();
  return [...byPlace]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, found]) => {
      const name = nameFor(found, usedNames);
      const header = headerFor(found);
      return {
        location: locationFor(place, found, places),
        ...(name && { name }),
        ...(header && { header }),
        flowLogIds: found.map(({ id }) => id),
      };
    });
}

/** As it was written, but without what lies deeper and is a place of its own. */
function locationFor(place: string, found: readonly Found[], places: readonly string[]): string {
  const hasInner = places.some((other) => other.startsWith(`${place}/`));
  if (hasInner && isBucket(found[0]!)) {
    return `${place}/AWSLogs/`;
  }
  const written = found.map(({ destination }) => destination.location!);
  return written.every((location) => location === written[0]) ? written[0]! : place;
}

/** What all of them are called, or the id of the only one; names of sources must be distinct. */
function nameFor(found: readonly Found[], used: Set<string>): string | undefined {
  const names = new Set(found.map(({ name }) => name));
  const [shared] = names;
  const candidates = [names.size === 1 ? shared : undefined, found.length === 1 ? found[0]!.id : undefined];
  const chosen = candidates.find((name) => name !== undefined && !used.has(name));
  if (chosen !== undefined) {
    used.add(chosen);
  }
  return chosen;
}

/** Objects in S3 say their columns themselves. */
function headerFor(found: readonly Found[]): string | undefined {
  const headers = new Set(found.map(({ columns }) => columns.join(' ')));
  return headers.size === 1 && !isBucket(found[0]!) ? [...headers][0] : undefined;
}

function isBucket({ destination }: Found): boolean {
  return destination.type === 's3';
}
