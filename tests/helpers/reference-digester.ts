/**
 * The digest rules once more, slow and obvious: lines, Maps and BigInt. It shares the field dictionary and the query
 * model with the product and nothing else, so that agreement with `src/digest` says something.
 */
import { isIPv6 } from 'node:net';
import { MISSING, cellText, type Digest, type LineTallies } from '../../src/digest/digest';
import { fieldOrText, findField } from '../../src/flow/fields';
import { EITHER_SIDE, type FilterNode, type FilterTest } from '../../src/query/filter';
import type { DigestQuery } from '../../src/query/model';

/** An object: its text, and what is known of it from outside. */
export interface ReferenceObject {
  readonly text: string;
  readonly stampSec?: number;
  readonly columns?: readonly string[];
  /** Of all its records, unless a column says it. */
  readonly region?: string;
  readonly flowLogId?: string;
}

/** A row with plain cells: numbers, canonical addresses, texts; `null` for `-`. */
export interface ReferenceRow {
  readonly bucketStartSec: number | null | undefined;
  readonly keys: readonly (number | string | null)[];
  readonly flows: number;
  readonly sums: Readonly<Record<string, number>>;
  readonly minStartSec: number;
  readonly maxEndSec: number;
}

export interface ReferenceAnswer {
  readonly rows: readonly ReferenceRow[];
  readonly tallies: LineTallies & { readonly missingFields: Readonly<Record<string, number>> };
}

interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A value of a record: a number, an address, a text, or `null` for `-`. */
type Value = bigint | string | Address | null;

type Kind = 'integer' | 'long' | 'address' | 'text';

/** The digest of these objects in digest order, and where every line went. Throws for an object that is no flow log. */
export function digestByReference(query: DigestQuery, objects: readonly ReferenceObject[]): ReferenceAnswer {
  const tallies = Object.fromEntries(LINE_TALLIES.map((name) => [name, 0])) as Record<keyof LineTallies, number>;
  const missingFields: Record<string, number> = {};
  const sumNames = ['packets', 'bytes', ...query.measures].filter(
    (name, i, all) => name !== 'flows' && all.indexOf(name) === i,
  );
  const sides = (name: string) => EITHER_SIDE[name] ?? [name];
  const isOneWay = query.direction !== undefined && query.direction !== 'both';
  const told = isOneWay ? ['flow-direction'] : [];
  const named = new Set([...query.keys, ...fieldsOfFilter(query.filter), ...sumNames, ...told].flatMap(sides));
  const isOnce = query.counting === 'once';
  const judged = isOnce ? [...RECORDER_FIELDS, 'action'] : [];
  const read = new Set([...named, 'start', 'end', 'log-status', ...judged]);
  /** What counts unless it turns out to be a copy of a record in another object. */
  const pending: PendingRecord[] = [];
  const owners: Owner[] = [];
  const flowLogs = new Map<string, FlowLog>();
  const groups = new Map<string, OpenRow>();
  // Lines without traffic count only for who asks for their status.
  const asksStatus = fieldsOfFilter(query.filter).includes('log-status');
  const isEmpty = (status: Value): boolean => status === 'NODATA' || status === 'SKIPDATA';

  for (const { text, stampSec, columns: given, region, flowLogId } of objects) {
    const missing = new Set<string>();
    let columns: readonly string[] | undefined;
    let isOtherType = false;
    const told: Learned = { own: new Map(), common: new Map(), holders: new Map(), flowLogId, actions: new Set() };
    const use = (names: readonly string[]): void => {
      columns = names;
      const type = names.some((name) => findField(name)?.scope === 'tgw') ? 'transit-gateway' : 'vpc';
      isOtherType = query.logType !== 'all' && query.logType !== type;
      [...named]
        .filter((name) => !names.includes(name) && !(name === 'region' && region !== undefined))
        .forEach((name) => missing.add(name));
    };
    if (given) {
      use(given);
    }
    const lines = text.split('\n');
    if (lines.at(-1) === '') {
      lines.pop();
    }
    for (const line of lines) {
      tallies.lines++;
      // eslint-disable-next-line no-control-regex -- whatever is no printable character separates columns
      const tokens = line.split(/[\x00-\x20]+/).filter((token) => token !== '');
      if (tokens.length === 0) {
        tallies.blankLines++;
        continue;
      }
      // Amid records a lone word is a header only where records have one column.
      const mayBeHeader =
        columns === undefined || (findField(tokens[0]!) !== undefined && (tokens.length > 1 || columns.length === 1));
      if (mayBeHeader && isHeader(tokens)) {
        use(tokens);
        tallies.headerLines++;
        continue;
      }
      if (!columns) {
        if (tokens.length !== 14 || tokens[0] !== '2' || !['OK', 'NODATA', 'SKIPDATA'].includes(tokens[13]!)) {
          throw new Error(`reference: no flow log: ${line}`);
        }
        use(DEFAULT_COLUMNS);
      }
      if (isOtherType) {
        tallies.otherType++;
      } else {
        judge(tokens, columns!, stampSec, region, told);
      }
    }
    owners.push(...ownersOf(told));
    if (flowLogId !== undefined) {
      const before: FlowLog = flowLogs.get(flowLogId) ?? { interfaces: new Map(), actions: new Set(), stamps: [] };
      flowLogs.set(flowLogId, before);
      for (const [recorder, addresses] of [...told.own, ...told.common]) {
        const id = recorder.split(' ')[0]!;
        const isDirected = told.own.has(recorder);
        const own = [...addresses].filter((address) => isDirected || isLocal(address));
        before.interfaces.set(id, [...(before.interfaces.get(id) ?? []), ...own]);
      }
      if (stampSec !== undefined && told.actions.size > 0) {
        told.actions.forEach((action) => before.actions.add(action));
        before.stamps.push(stampSec);
      }
    }
    missing.forEach((name) => (missingFields[name] = (missingFields[name] ?? 0) + 1));
  }

  function judge(
    tokens: readonly string[],
    columns: readonly string[],
    stampSec: number | undefined,
    region: string | undefined,
    told: Learned,
  ): void {
    if (tokens.length < columns.length) {
      tallies.tooFewFields++;
      return;
    }
    if (tokens.length > columns.length) {
      tallies.tooManyFields++;
      return;
    }
    const record = new Map<string, Value>();
    for (const [i, name] of columns.entries()) {
      if (read.has(name) && !record.has(name)) {
        const value = parseValue(name, tokens[i]!);
        if (value === undefined) {
          tallies.badValue++;
          return;
        }
        record.set(name, value);
      }
    }
    if (region !== undefined && !columns.includes('region')) {
      record.set('region', region);
    }
    const get = (name: string): Value => record.get(name) ?? null;
    const start = toSeconds(get('start'));
    const end = toSeconds(get('end'));
    const time = start ?? end ?? stampSec;
    if (time !== undefined && time >= 2 ** 32 - 1) {
      tallies.badValue++;
      return;
    }
    const isHop = isOnce && (query.hops ?? []).includes((get('interface-id') ?? '-') as string);
    if (isOnce && !isHop) {
      learnFrom(get, told);
    }
    if (query.range && (time === undefined || time * 1000 < query.range.fromMs || time * 1000 >= query.range.toMs)) {
      tallies.otherTime++;
      return;
    }
    const status = get('log-status');
    if (status === null) {
      const hasCounts = columns.includes('packets') || columns.includes('bytes');
      if (hasCounts && readAsMissing(columns, tokens, 'packets') && readAsMissing(columns, tokens, 'bytes')) {
        tallies.noData++;
        return;
      }
    } else if (status !== 'OK' && !(isEmpty(status) && asksStatus && passes(query.filter!, get))) {
      tallies[status === 'NODATA' ? 'noData' : status === 'SKIPDATA' ? 'skipData' : 'badStatus']++;
      return;
    }
    if (isOneWay && get('flow-direction') === (query.direction === 'ingress' ? 'egress' : 'ingress')) {
      tallies.copies++;
      return;
    }
    if (query.filter && !passes(query.filter, get)) {
      tallies.filtered++;
      return;
    }
    const claim = isHop && get('action') !== 'REJECT' ? 'copy' : isOnce ? claimOf(get, told) : 'counts';
    if (claim === 'copy') {
      tallies.copies++;
      return;
    }
    pending.push({ get, time, end, flowLogId: told.flowLogId, ...(claim === 'counts' ? {} : claim) });
  }

  const { isLogged, isOwn } = settleOwners(owners);
  const redundant = findRedundant(flowLogs);
  for (const { get, time, end, sender, recorder, flowLogId } of pending) {
    if (redundant.has(flowLogId!)) {
      tallies.copies++;
    } else if (sender !== undefined && isLogged(sender) && !(recorder !== undefined && isOwn(recorder, sender))) {
      tallies.copies++;
    } else {
      tallies.flows++;
      count(get, time, end);
    }
  }

  function count(get: (name: string) => Value, time: number | undefined, end: number | undefined): void {
    const src = get('srcport') as bigint | null;
    const dst = get('dstport') as bigint | null;
    const folds =
      query.portRule === 'lower' &&
      query.keys.includes('srcport') &&
      query.keys.includes('dstport') &&
      src !== null &&
      dst !== null;
    const keys = query.keys.map((name): Value => {
      if (name === 'port') {
        return src === null ? dst : dst === null ? src : src < dst ? src : dst;
      }
      if (folds && name === 'srcport') {
        return src < dst ? src : 0n;
      }
      if (folds && name === 'dstport') {
        return src < dst ? 0n : dst;
      }
      return get(name);
    });
    const { bucketSec } = query;
    const bucket =
      bucketSec === undefined ? undefined : time === undefined ? null : Math.floor(time / bucketSec) * bucketSec;
    const identity = [bucket, ...keys].map(printIdentity).join('\n');
    const row = groups.get(identity) ?? {
      bucket,
      keys,
      flows: 0n,
      sums: new Map(sumNames.map((name) => [name, 0n])),
      starts: [],
      ends: [],
    };
    groups.set(identity, row);
    row.flows++;
    for (const name of sumNames) {
      row.sums.set(name, row.sums.get(name)! + ((get(name) as bigint | null) ?? 0n));
    }
    row.starts.push(time ?? Infinity);
    row.ends.push(end ?? -Infinity);
  }

  const kinds = query.keys.map(kindOf);
  const rows = [...groups.values()].sort((a, b) => {
    let order = (a.bucket ?? Infinity) === (b.bucket ?? Infinity) ? 0 : (a.bucket ?? Infinity) - (b.bucket ?? Infinity);
    for (let i = 0; order === 0 && i < kinds.length; i++) {
      order = compareValues(kinds[i]!, a.keys[i]!, b.keys[i]!);
    }
    return order;
  });
  return {
    rows: rows.map((row) => ({
      bucketStartSec: row.bucket,
      keys: row.keys.map(printCell),
      flows: Number(row.flows),
      sums: Object.fromEntries([...row.sums].map(([name, sum]) => [name, Number(sum)])),
      minStartSec: row.starts.reduce((a, b) => Math.min(a, b)),
      maxEndSec: row.ends.reduce((a, b) => Math.max(a, b)),
    })),
    tallies: { ...tallies, missingFields },
  };
}

interface PendingRecord {
  readonly get: (name: string) => Value;
  readonly time: number | undefined;
  readonly end: number | undefined;
  readonly flowLogId: string | undefined;
  readonly sender?: string;
  readonly recorder?: string;
}

interface FlowLog {
  readonly interfaces: Map<string, readonly string[]>;
  readonly actions: Set<string>;
  readonly stamps: number[];
}

/** Flow logs of which another one has all: interfaces, actions and times. */
function findRedundant(all: ReadonlyMap<string, FlowLog>): ReadonlySet<string> {
  const redundant = new Set<string>();
  const known = [...all].filter(([, { interfaces, stamps }]) => interfaces.size > 0 && stamps.length > 0);
  known.sort(([a, { interfaces: x }], [b, { interfaces: y }]) => x.size - y.size || (a < b ? 1 : -1));
  for (const [id, one] of known) {
    const isIn = ([other, wide]: [string, FlowLog]): boolean =>
      other !== id &&
      !redundant.has(other) &&
      !one.interfaces.has('-') &&
      [...one.interfaces].every(([member, addresses]) => {
        const others = wide.interfaces.get(member);
        return others && (addresses.length * others.length === 0 || addresses.some((own) => others.includes(own)));
      }) &&
      [...one.actions].every((action) => wide.actions.has(action)) &&
      one.stamps.every((stamp) => stamp >= Math.min(...wide.stamps) - 600 && stamp <= Math.max(...wide.stamps) + 600);
    if (known.some(isIn)) {
      redundant.add(id);
    }
  }
  return redundant;
}

/** An interface with its address, or with two of which one may be its own. */
interface Owner {
  readonly recorder: string;
  readonly addresses: readonly string[];
}

const RECORDER_FIELDS = ['interface-id', 'srcaddr', 'dstaddr', 'flow-direction'];

/** What the records of an object told so far. */
interface Learned {
  /** Addresses that directions tell, by interface. */
  readonly own: Map<string, Set<string>>;
  /** By interface and family the addresses that all its records have. */
  readonly common: Map<string, string[]>;
  /** Whose an address is, or that a direction told it. */
  readonly holders: Map<string, { readonly key?: string }>;
  readonly flowLogId: string | undefined;
  readonly actions: Set<string>;
}

function learnFrom(get: (name: string) => Value, { own, common, holders, actions }: Learned): void {
  const [id, source, target, direction] = RECORDER_FIELDS.map(get) as [
    string | null,
    Address | null,
    Address | null,
    unknown,
  ];
  if (source) {
    actions.add(get('action') === 'REJECT' ? 'REJECT' : 'ACCEPT');
  }
  if (direction === 'egress' || direction === 'ingress') {
    const address = direction === 'egress' ? source : target;
    if (address) {
      own.set(id ?? '-', (own.get(id ?? '-') ?? new Set()).add(printAddress(address)));
      holders.set(printAddress(address), {});
    }
  } else if (id !== null && source && target && source.family === target.family) {
    const key = `${id} ${source.family}`;
    const pair = [...new Set([printAddress(source), printAddress(target)])];
    const before = common.get(key) ?? pair;
    const isNews = before.length === 2 || !common.has(key);
    const left = before.filter((address) => pair.includes(address));
    common.set(key, left);
    const isTold = left.length === 1 && holders.has(left[0]!) && holders.get(left[0]!)!.key === undefined;
    if (isNews && left.length === 1 && !isTold) {
      holders.set(left[0]!, { key });
    }
  }
}

/** What an object told in the end. */
function ownersOf({ own, common }: Learned): readonly Owner[] {
  return [
    ...[...own].flatMap(([recorder, all]) => [...all].map((address) => ({ recorder, addresses: [address] }))),
    ...[...common].map(([key, left]) => ({ recorder: key.split(' ')[0]!, addresses: left.filter(isLocal).sort() })),
  ].filter(({ addresses }) => addresses.length > 0);
}

/** What a record is, as far as is known when it is read: one that counts, a copy, or maybe a copy of the sender's. */
function claimOf(
  get: (name: string) => Value,
  { own, common, holders }: Learned,
): 'counts' | 'copy' | { readonly sender: string; readonly recorder?: string } {
  const [recorder, source, , direction] = RECORDER_FIELDS.map(get) as [string | null, Address | null, unknown, unknown];
  if (get('action') === 'REJECT' || source === null || direction === 'egress') {
    return 'counts';
  }
  const sender = printAddress(source);
  const left = direction === 'ingress' ? [] : (common.get(`${recorder} ${source.family}`) ?? []);
  if (direction !== 'ingress') {
    const isOwn = (left.length === 1 && left[0] === sender && isLocal(sender)) || own.get(recorder!)?.has(sender);
    if (recorder === null || isOwn) {
      return 'counts';
    }
  }
  const holder = holders.get(sender);
  if (holder && (holder.key === undefined || (isLocal(sender) && common.get(holder.key)!.join() === sender))) {
    return 'copy';
  }
  return isLocal(sender) ? { sender, ...(left.length === 2 ? { recorder: recorder! } : {}) } : 'counts';
}

/** What all objects tell together. */
function settleOwners(owners: readonly Owner[]): {
  isLogged: (address: string) => boolean;
  isOwn: (recorder: string, address: string) => boolean;
} {
  const known = new Set<string>();
  const own = new Set<string>();
  const give = (recorder: string, address: string): void => {
    known.add(address);
    own.add(`${recorder} ${address}`);
  };
  const family = (address: string): string => (address.includes(':') ? '6' : '4');
  const single = owners.filter(({ addresses }) => addresses.length === 1);
  single.forEach(({ recorder, addresses }) => give(recorder, addresses[0]!));
  const open = new Map<string, { readonly recorder: string; addresses: readonly string[] }>();
  for (const { recorder, addresses } of owners) {
    const isTold = single.some(
      (one) => one.recorder === recorder && family(one.addresses[0]!) === family(addresses[0]!),
    );
    if (addresses.length === 2 && !isTold) {
      const key = `${recorder} ${family(addresses[0]!)}`;
      const before = open.get(key)?.addresses ?? addresses;
      open.set(key, { recorder, addresses: before.filter((address) => addresses.includes(address)) });
    }
  }
  const entries = [...open.values()].sort((a, b) => (a.recorder < b.recorder ? -1 : a.recorder > b.recorder ? 1 : 0));
  entries
    .filter(({ addresses }) => addresses.length === 1)
    .forEach(({ recorder, addresses }) => give(recorder, addresses[0]!));
  let left = entries.filter(({ addresses }) => addresses.length === 2);
  for (;;) {
    const before = left.length;
    for (const entry of [...left]) {
      const free = entry.addresses.filter((address) => !known.has(address));
      if (free.length < 2) {
        free.forEach((address) => give(entry.recorder, address));
        left = left.filter((other) => other !== entry);
      }
    }
    if (left.length === before) {
      break;
    }
  }
  const pairs = [...new Set(left.map(({ addresses }) => [...addresses].sort().join(' ')))].sort();
  for (const pair of pairs) {
    const twins = left.filter(({ addresses }) => [...addresses].sort().join(' ') === pair);
    const free = pair.split(' ').filter((address) => !known.has(address));
    if (twins.length > 1) {
      free.forEach((address, i) => give(twins[i]!.recorder, address));
    }
  }
  return {
    isLogged: (address) => known.has(address),
    isOwn: (recorder, address) => own.has(`${recorder} ${address}`),
  };
}

/** The addresses of interfaces in VPCs: private ones, and all of IPv6. */
function isLocal(address: string): boolean {
  return (
    address.includes(':') ||
    /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|198\.1[89])\./.test(address)
  );
}

/** A digest in the form of `digestByReference`. */
export function readDigest(digest: Digest): ReferenceAnswer {
  const rows = Array.from({ length: digest.rowCount }, (_, row): ReferenceRow => {
    const bucket = digest.bucketStartSec?.[row];
    return {
      bucketStartSec: bucket === MISSING ? null : bucket,
      keys: digest.keys.map((column) => {
        switch (column.kind) {
          case 'integer':
            return column.values[row] === MISSING ? null : column.values[row]!;
          case 'long':
            return column.values[row]! < 0 ? null : column.values[row]!;
          case 'address':
            return column.families[row] === 0 ? null : cellText(column, row);
          case 'text':
            return column.codes[row] === MISSING ? null : column.dictionary[column.codes[row]!]!;
        }
      }),
      flows: digest.flows[row]!,
      sums: Object.fromEntries(digest.sums.map(({ name, values }) => [name, values[row]!])),
      minStartSec: digest.minStartSec[row]!,
      maxEndSec: digest.maxEndSec[row]!,
    };
  });
  const { tallies } = digest;
  const lineTallies = Object.fromEntries(LINE_TALLIES.map((name) => [name, tallies[name]])) as unknown as LineTallies;
  return { rows, tallies: { ...lineTallies, missingFields: tallies.missingFields } };
}

const LINE_TALLIES = [
  'lines',
  'headerLines',
  'blankLines',
  'flows',
  'noData',
  'skipData',
  'otherTime',
  'otherType',
  'copies',
  'filtered',
  'tooFewFields',
  'tooManyFields',
  'badValue',
  'badStatus',
] as const satisfies readonly (keyof LineTallies)[];

/** The default format, written out: an oracle does not ask whom it judges. */
const DEFAULT_COLUMNS =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  );

interface OpenRow {
  readonly bucket: number | null | undefined;
  readonly keys: readonly Value[];
  flows: bigint;
  readonly sums: Map<string, bigint>;
  readonly starts: number[];
  readonly ends: number[];
}

function isHeader(tokens: readonly string[]): boolean {
  const known = tokens.filter((token) => findField(token) !== undefined);
  return (
    known.length > 0 && known.length >= tokens.length / 2 && tokens.every((token) => /^[a-z][a-z0-9-]*$/.test(token))
  );
}

function fieldsOfFilter(node: FilterNode | undefined): string[] {
  if (!node) {
    return [];
  }
  return node.type === 'test'
    ? [node.field]
    : node.type === 'not'
      ? fieldsOfFilter(node.term)
      : node.terms.flatMap(fieldsOfFilter);
}

function kindOf(name: string): Kind {
  return name === 'port' ? 'integer' : fieldOrText(name).type;
}

/** The value of a token; `undefined` if the field cannot have it. */
function parseValue(name: string, token: string): Value | undefined {
  if (token === '-') {
    return null;
  }
  const { type, max, encoded } = fieldOrText(name);
  switch (type) {
    case 'integer':
      return parseNumber(token, BigInt(max ?? 2 ** 31 - 1));
    case 'long': {
      const value = parseNumber(token, 2n ** 53n - 1n);
      // Milliseconds are seconds for whoever asks: key, filter, range and bounds.
      const isTime = name === 'start' || name === 'end';
      return isTime && value !== undefined && value > 100_000_000_000n ? value / 1000n : value;
    }
    case 'address':
      return parseAddressValue(token);
    case 'text':
      return encoded ? decodeTag(token) : token;
  }
}

function parseNumber(token: string, max: bigint): bigint | undefined {
  return /^[0-9]+$/.test(token) && BigInt(token) <= max ? BigInt(token) : undefined;
}

function decodeTag(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function parseAddressValue(text: string): Address | undefined {
  if (isQuad(text)) {
    return { family: 4, value: quadValue(text) };
  }
  if (!isIPv6(text) || text.includes('%')) {
    return undefined;
  }
  const tail = text.slice(text.lastIndexOf(':') + 1);
  let spelled = text;
  if (tail.includes('.')) {
    const value = quadValue(tail);
    spelled = `${text.slice(0, -tail.length)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
  }
  const [head = '', rest] = spelled.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const left = groups(head);
  const right = groups(rest ?? '');
  const zeros = Array.from({ length: rest === undefined ? 0 : 8 - left.length - right.length }, () => '0');
  const value = [...left, ...zeros, ...right].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
  return { family: 6, value };
}

function isQuad(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

function quadValue(text: string): bigint {
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of two or more zero groups as `::`. */
function printAddress({ family, value }: Address): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  for (let length = 8; length >= 2; length--) {
    for (let at = 0; at + length <= 8; at++) {
      if (groups.slice(at, at + length).every((group) => group === '0')) {
        return `${groups.slice(0, at).join(':')}::${groups.slice(at + length).join(':')}`;
      }
    }
  }
  return groups.join(':');
}

function toSeconds(value: Value): number | undefined {
  return value === null ? undefined : Number(value as bigint);
}

/** Whether a count is `-` or not in the format; where the query reads it, it has been found well-formed before. */
function readAsMissing(columns: readonly string[], tokens: readonly string[], name: string): boolean {
  const column = columns.indexOf(name);
  return column < 0 || tokens[column] === '-';
}

function printIdentity(value: Value | number | undefined): string {
  return value === null || value === undefined
    ? 'missing'
    : typeof value === 'object'
      ? `address ${value.family} ${value.value}`
      : `${typeof value} ${value}`;
}

function printCell(value: Value): number | string | null {
  return value === null || typeof value === 'string'
    ? value
    : typeof value === 'bigint'
      ? Number(value)
      : printAddress(value);
}

/** Digest order: `-` last for integers and texts, first for 64-bit numbers and addresses; IPv4 before IPv6. */
function compareValues(kind: Kind, a: Value, b: Value): number {
  if (a === null || b === null) {
    const order = Number(a !== null) - Number(b !== null);
    return kind === 'long' || kind === 'address' ? order : -order;
  }
  if (isAddress(a) && isAddress(b)) {
    return a.family - b.family || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function isAddress(value: Value): value is Address {
  return typeof value === 'object' && value !== null;
}

function passes(node: FilterNode, get: (name: string) => Value): boolean {
  switch (node.type) {
    case 'and':
      return node.terms.every((term) => passes(term, get));
    case 'or':
      return node.terms.some((term) => passes(term, get));
    case 'not':
      return !passes(node.term, get);
    case 'test':
      return node.op === '!=' ? !passes({ ...node, op: '=' }, get) : passesTest(node, get);
  }
}

function passesTest({ field, op, values }: FilterTest, get: (name: string) => Value): boolean {
  return (EITHER_SIDE[field] ?? [field]).map(get).some((found) =>
    values.some((wanted) => {
      if (wanted.type === 'missing' || found === null) {
        return wanted.type === 'missing' && found === null;
      }
      switch (wanted.type) {
        case 'number': {
          const value = found as bigint;
          switch (op) {
            case '<':
              return value < BigInt(wanted.from);
            case '<=':
              return value <= BigInt(wanted.from);
            case '>':
              return value > BigInt(wanted.from);
            case '>=':
              return value >= BigInt(wanted.from);
            default:
              return value >= BigInt(wanted.from) && value <= BigInt(wanted.to);
          }
        }
        case 'address': {
          const { family, value } = found as Address;
          const first = parseAddressValue(wanted.first)!;
          const last = parseAddressValue(wanted.last)!;
          return family === first.family && value >= first.value && value <= last.value;
        }
        case 'text':
          return op === '~' ? globMatches(wanted.text, found as string) : found === wanted.text;
      }
    }),
  );
}

/** By definition: `*` is any split of the rest, `?` any one character. Exponential, for short patterns. */
function globMatches(pattern: string, text: string): boolean {
  if (pattern === '') {
    return text === '';
  }
  if (pattern[0] === '*') {
    return Array.from({ length: text.length + 1 }, (_, i) => text.slice(i)).some((rest) =>
      globMatches(pattern.slice(1), rest),
    );
  }
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && globMatches(pattern.slice(1), text.slice(1));
}
