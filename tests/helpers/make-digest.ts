/**
 * Digests from literal rows, as the scan would leave them: equal keys merged, rows sorted by bucket and keys, dictionaries
 * of distinct values in order.
 */
import { MISSING, NO_TALLIES, type AddressColumn, type Digest, type KeyColumn } from '../../src/digest/digest';
import { compareAddresses, compareBytes, parseAddress, wordFromIPv4, type Address } from '../../src/flow/address';
import { fieldOrText } from '../../src/flow/fields';

/** A row: keys by name (`-` or nothing for missing), sums by name, `flows` (1), `start`, `end` and `bucket` in seconds. */
export type DigestRow = Readonly<Record<string, string | number | undefined>>;

/** What a digest groups by and adds up; `buckets` if its rows have a time bucket. */
export interface DigestShape {
  readonly keys: readonly string[];
  readonly sums?: readonly string[];
  readonly buckets?: boolean;
}

/** The digest of these rows, in whatever order they are given. */
export function makeDigest(
  { keys, sums = ['packets', 'bytes'], buckets = false }: DigestShape,
  rows: readonly DigestRow[],
): Digest {
  const merged = mergeRows(keys, sums, buckets, rows);
  return {
    rowCount: merged.length,
    ...(buckets ? { bucketStartSec: Uint32Array.from(merged, (row) => row.bucket) } : {}),
    keys: keys.map((name, index) =>
      makeColumn(
        name,
        merged.map((row) => row.values[index]!),
      ),
    ),
    flows: Float64Array.from(merged, (row) => row.flows),
    sums: sums.map((name, index) => ({ name, values: Float64Array.from(merged, (row) => row.sums[index]!) })),
    minStartSec: Float64Array.from(merged, (row) => row.start),
    maxEndSec: Float64Array.from(merged, (row) => row.end),
    tallies: NO_TALLIES,
  };
}

/** A key's value: −1 or `MISSING` for a missing number, `undefined` for a missing address or text. */
type Value = number | string | Address | undefined;

interface MergedRow {
  readonly bucket: number;
  readonly values: readonly Value[];
  flows: number;
  readonly sums: number[];
  start: number;
  end: number;
}

function mergeRows(
  keys: readonly string[],
  sums: readonly string[],
  buckets: boolean,
  rows: readonly DigestRow[],
): MergedRow[] {
  const byKey = new Map<string, MergedRow>();
  for (const row of rows) {
    const bucket = buckets ? Number(row.bucket ?? MISSING) : 0;
    const values = keys.map((name) => parseValue(name, row[name]));
    const id = JSON.stringify([bucket, values.map((value) => (typeof value === 'object' ? [...value.bytes] : value))]);
    const into = byKey.get(id) ?? {
      bucket,
      values,
      flows: 0,
      sums: sums.map(() => 0),
      start: Infinity,
      end: -Infinity,
    };
    byKey.set(id, into);
    into.flows += Number(row.flows ?? 1);
    sums.forEach((name, index) => (into.sums[index]! += Number(row[name] ?? 0)));
    into.start = Math.min(into.start, Number(row.start ?? Infinity));
    into.end = Math.max(into.end, Number(row.end ?? -Infinity));
  }
  return [...byKey.values()].sort((a, b) => {
    let order = a.bucket - b.bucket;
    for (let index = 0; order === 0 && index < keys.length; index++) {
      order = compareValues(keys[index]!, a.values[index], b.values[index]);
    }
    return order;
  });
}

function kindOf(name: string): KeyColumn['kind'] {
  return name === 'port' ? 'integer' : fieldOrText(name).type;
}

function parseValue(name: string, value: string | number | undefined): Value {
  const kind = kindOf(name);
  const isMissing = value === undefined || value === '-';
  switch (kind) {
    case 'integer':
      return isMissing ? MISSING : Number(value);
    case 'long':
      return isMissing ? -1 : Number(value);
    case 'text':
      return isMissing ? undefined : String(value);
    case 'address': {
      const address = isMissing ? undefined : parseAddress(String(value));
      if (!isMissing && !address) {
        throw new Error(`no address: ${String(value)}`);
      }
      return address;
    }
  }
}

/** Addresses: missing first; text: missing last; numbers have it in their values. */
function compareValues(name: string, a: Value, b: Value): number {
  if (a === undefined || b === undefined) {
    const order = Number(a !== undefined) - Number(b !== undefined);
    return kindOf(name) === 'address' ? order : -order;
  }
  if (typeof a === 'object' && typeof b === 'object') {
    return compareAddresses(a, b);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function makeColumn(name: string, values: readonly Value[]): KeyColumn {
  const kind = kindOf(name);
  switch (kind) {
    case 'integer':
      return { kind, name, values: Uint32Array.from(values as number[]) };
    case 'long':
      return { kind, name, values: Float64Array.from(values as number[]) };
    case 'address':
      return makeAddressColumn(name, values as (Address | undefined)[]);
    case 'text': {
      const dictionary = [...new Set(values as (string | undefined)[])].filter((text) => text !== undefined).sort();
      const codes = new Map(dictionary.map((text, code) => [text, code]));
      return {
        kind,
        name,
        codes: Uint32Array.from(values, (text) => codes.get(text as string) ?? MISSING),
        dictionary,
      };
    }
  }
}

function makeAddressColumn(name: string, values: readonly (Address | undefined)[]): AddressColumn {
  const sorted = values.flatMap((value) => (value?.family === 6 ? [value.bytes] : [])).sort(compareBytes);
  const distinct = sorted.filter((bytes, index) => index === 0 || compareBytes(bytes, sorted[index - 1]!) !== 0);
  const v6Ids = new Map(distinct.map((bytes, index) => [String(bytes), index]));
  return {
    kind: 'address',
    name,
    families: Uint8Array.from(values, (value) => value?.family ?? 0),
    words: Uint32Array.from(values, (value) => {
      return value === undefined ? 0 : value.family === 4 ? wordFromIPv4(value.bytes) : v6Ids.get(String(value.bytes))!;
    }),
    v6: Uint8Array.from(distinct.flatMap((bytes) => [...bytes])),
  };
}
