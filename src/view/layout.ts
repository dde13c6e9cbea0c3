/**
 * Where the nodes of a graph stand in a panel: in lanes from the internet on the left over VPCs and address ranges to AWS
 * services on the right, and at the same place at every refresh.
 *
 * The rule. The canvas is a fixed grid of places, whatever is on it; a finer grid between them is used only once all places
 * are taken. *Other*, the unknown and the internet as one node have places of their own. Every other node ranks the places
 * by what it is (its lane, its VPC or range, its id), never by its traffic or by other nodes. Nodes choose in a fixed
 * order, groups before hosts, then by a hash of their ids. So a node that comes or goes moves no node before it in that
 * order; of those after it, only one whose better place it took or left, and then one in whose better place that
 * one stood, and so on. With `previous` nothing that stays moves, unless it stood in the finer grid and that is no longer
 * needed.
 */
import type { GraphGroup, GraphNode } from './graph-model';
import { hashText, mixHash } from './hash-text';

/** The centre of a node in pixels; (0, 0) is the middle of the canvas, y grows downwards. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

/** The canvas, and where nodes stood before. */
export interface LayoutOptions {
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** The `memory` of an earlier layout. */
  readonly previous?: ReadonlyMap<string, Position>;
}

/** The places of all nodes, by id. */
export interface Layout {
  readonly positions: ReadonlyMap<string, Position>;
  /**
   * These places, and those of nodes that are gone for as long as nobody else stands there: what the next layout of the
   * same canvas is to have as `previous`. It grows no larger than the grid.
   */
  readonly memory: ReadonlyMap<string, Position>;
  /** No finer grid was needed: nodes are at least 140 px apart in a row and 80 px in a column. */
  readonly isRoomy: boolean;
}

const SPACING_X = 140;
const SPACING_Y = 80;
/** What a node and its texts take beyond its centre. */
const MARGIN_X = 40;
const MARGIN_Y = 20;

/** Lays out the nodes of a graph. Ids must be distinct. */
export function layoutGraph(
  {
    nodes,
    groups,
  }: { readonly nodes: readonly Pick<GraphNode, 'id' | 'kind' | 'groupId'>[]; readonly groups: readonly GraphGroup[] },
  { widthPx = 1100, heightPx = 600, previous = new Map() }: LayoutOptions = {},
): Layout {
  const places = createPlaces(Math.max(widthPx, 400), Math.max(heightPx, 300), nodes.length);
  const placeAt = new Map(places.map((place) => [`${place.x} ${place.y}`, place]));
  const formerPlace = (id: string): Place | undefined => {
    const former = previous.get(id);
    return former && placeAt.get(`${former.x} ${former.y}`);
  };
  const taken = new Map<Place, string>();
  const groupById = new Map(groups.map((group) => [group.id, group]));
  const choosers = [];
  for (const node of nodes) {
    const place = formerPlace(node.id) ?? reservedPlace(places, node);
    if (place && !taken.has(place)) {
      taken.set(place, node.id);
    } else {
      choosers.push({ ...describeNode(node, groupById), order: orderOf(node) });
    }
  }
  choosers.sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
  for (const chooser of choosers) {
    let best: Place | undefined;
    let bestCost = Infinity;
    for (const place of places) {
      if (!place.reservedFor && !taken.has(place)) {
        const cost = costOf(chooser, place);
        if (cost < bestCost) {
          [best, bestCost] = [place, cost];
        }
      }
    }
    taken.set(best!, chooser.id);
  }
  const positions = new Map(Array.from(taken, ([{ x, y }, id]) => [id, { x, y }]));
  const left = [...previous.keys()].flatMap((id) => {
    const place = positions.has(id) ? undefined : formerPlace(id);
    return place && !taken.has(place) ? [[id, { x: place.x, y: place.y }] as const] : [];
  });
  return {
    positions,
    memory: new Map([...left, ...positions]),
    isRoomy: [...taken.keys()].every(({ level }) => level === 0),
  };
}

interface Place extends Position {
  /** 0 for the grid of full spacing; each further one halves it. */
  readonly level: number;
  /** From left to right and top to bottom, 0 … 1. */
  readonly across: number;
  readonly down: number;
  readonly reservedFor: string | undefined;
  readonly hash: number;
}

/** At least so many places that `nodeCount` nodes find one, coarse ones first. */
function createPlaces(widthPx: number, heightPx: number, nodeCount: number): readonly Place[] {
  const width = widthPx - 2 * MARGIN_X;
  const height = heightPx - 2 * MARGIN_Y;
  const columns = Math.floor(width / SPACING_X);
  const rows = Math.floor(height / SPACING_Y);
  const places: Place[] = [];
  for (let level = 0; places.length < nodeCount + RESERVED; level++) {
    const [columnSteps, rowSteps] = [columns * 2 ** level, rows * 2 ** level];
    for (let row = 0; row <= rowSteps; row++) {
      for (let column = 0; column <= columnSteps; column++) {
        if (level === 0 || row % 2 === 1 || column % 2 === 1) {
          const [across, down] = [column / columnSteps, row / rowSteps];
          const reservedFor = level === 0 ? reservedAt(column, row, columns, rows) : undefined;
          const [x, y] = [Math.round((across - 0.5) * width), Math.round((down - 0.5) * height)];
          places.push({ x, y, level, across, down, reservedFor, hash: hashText(`${across} ${down}`) });
        }
      }
    }
  }
  return places;
}

const RESERVED = 3;

/** The bottom right corner for *Other*, the top right one for the unknown, the middle of the left side for the internet. */
function reservedAt(column: number, row: number, columns: number, rows: number): string | undefined {
  if (column === columns && (row === 0 || row === rows)) {
    return row === 0 ? 'unknown' : 'other';
  }
  return column === 0 && row === rows >> 1 ? 'internet' : undefined;
}

function reservedPlace(places: readonly Place[], { id, kind }: Pick<GraphNode, 'id' | 'kind'>): Place | undefined {
  const name = kind === 'group' ? id : kind;
  return places.find(({ reservedFor }) => reservedFor === name);
}

/** Groups before hosts. */
function orderOf({ id, kind }: Pick<GraphNode, 'id' | 'kind'>): number {
  return hashText(id) + (kind === 'group' ? 0 : 2 ** 32);
}

/**
 * The lanes from left to right, as parts of the canvas; neighbours share a column, since a crowded lane is a restless one.
 * Columns beside a lane are used once it is full.
 */
const LANES: Readonly<Record<GraphGroup['kind'], readonly [from: number, to: number]>> = {
  internet: [0, 0.3],
  vpc: [0.28, 0.86],
  subnet: [0.28, 0.86],
  range: [0.7, 0.86],
  service: [0.9, 1],
};
const NO_LANE = [0.9, 1] as const;

interface Chooser {
  readonly id: string;
  readonly hash: number;
  readonly lane: readonly [from: number, to: number];
  /** Where in the canvas nodes of the same outermost group gather. */
  readonly home: { readonly across: number; readonly down: number };
}

function describeNode(
  { id, groupId }: Pick<GraphNode, 'id' | 'groupId'>,
  groupById: ReadonlyMap<string, GraphGroup>,
): Chooser {
  const group = groupById.get(groupId ?? '');
  const [from, to] = group ? LANES[group.kind] : NO_LANE;
  const outermost = group?.parentId ?? groupId ?? '';
  const part = (seed: number): number => hashText(outermost, seed) / 2 ** 32;
  return { id, hash: hashText(id), lane: [from, to], home: { across: from + part(1) * (to - from), down: part(2) } };
}

/** How little a node wants a place: a coarse grid first, then its lane, then by chance and by nearness to its home. */
function costOf({ hash, lane: [from, to], home }: Chooser, { level, across, down, hash: placeHash }: Place): number {
  const outside = Math.max(0, from - across, across - to);
  const distance = Math.abs(across - home.across) + 0.5 * Math.abs(down - home.down);
  const chance = mixHash(hash, placeHash) / 2 ** 32;
  return 1000 * level + 10 * outside + NEARNESS * distance + chance;
}

const NEARNESS = 0.5;
