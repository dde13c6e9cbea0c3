/**
 * Digests of single objects as one file, for who did not make them: `DigestPack` to bytes and back. Each is named by its
 * object's key and ETag and all are of one plan, so whoever reads them can tell whether they are of what lies there now.
 * Any change of what a digest means needs another `MAGIC`: files of an older one are then passed over.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { DigestPlan } from '../digest/plan';
import { FlowError } from '../errors';
import type { ObjectDigest } from './digest-cache';

/** The digest of one object, and the object that it is of. */
export interface PackedObject {
  /** The name of the store that it lies in. */
  readonly place: string;
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** What the key says of its time, in Unix seconds. */
  readonly stampSec?: number;
  readonly own: ObjectDigest;
}

export interface DigestPack {
  /** Without a range: digests are of all records of their objects. */
  readonly plan: DigestPlan;
  readonly objects: readonly PackedObject[];
}

const MAGIC = Buffer.from('vpcflow digest pack 1\n');
const HASH_BYTES = 32;
/** Unpacked; a larger one is neither written nor read. */
const MAX_PACK_BYTES = 2 ** 30;

type Column = Uint8Array | Uint32Array | Float64Array;
type ColumnType = new (buffer: ArrayBufferLike, at: number, length: number) => Column;
const COLUMN_TYPES: Readonly<Record<'u8' | 'u32' | 'f64', ColumnType>> = {
  u8: Uint8Array,
  u32: Uint32Array,
  f64: Float64Array,
};
/** Stands for a column, or for a number that JSON does not know. Nothing else in a pack has the member `@`. */
interface Token {
  readonly '@': readonly [type: keyof typeof COLUMN_TYPES, at: number, length: number] | string;
}

/** The pack as a file. Throws `over-limit` if it would be too large. */
export async function encodePack(pack: DigestPack): Promise<Buffer> {
  const columns: Uint8Array[] = [];
  let at = 0;
  const header = JSON.stringify(pack, (_, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return { '@': String(value) } satisfies Token;
    }
    if (!ArrayBuffer.isView(value)) {
      return value;
    }
    const column = value as Column;
    const bytes = new Uint8Array(align(column.byteLength));
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    columns.push(bytes);
    const token: Token = { '@': [typeOf(column), at, column.length] };
    at += bytes.length;
    return token;
  });
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeUInt32LE(text.length);
  const body = Buffer.concat([length, text, Buffer.alloc(align(text.length) - text.length), ...columns]);
  if (body.length > MAX_PACK_BYTES) {
    throw new FlowError('over-limit', `cannot pack ${pack.objects.length} digests: they are ${body.length} bytes`);
  }
  const packed = await promisify(gzip)(body, { level: 1 });
  return Buffer.concat([MAGIC, createHash('sha256').update(packed).digest(), packed]);
}

/** The pack of a file; columns lie in shared memory. Throws `corrupt-object` for what is no pack, or no longer whole. */
export async function decodePack(file: Uint8Array): Promise<DigestPack> {
  const head = Buffer.from(file.buffer, file.byteOffset, file.length);
  const packed = head.subarray(MAGIC.length + HASH_BYTES);
  const hash = head.subarray(MAGIC.length, MAGIC.length + HASH_BYTES);
  if (!head.subarray(0, MAGIC.length).equals(MAGIC) || !createHash('sha256').update(packed).digest().equals(hash)) {
    throw new FlowError('corrupt-object', 'cannot read stored digests: it is no whole file of this version');
  }
  const body = await promisify(gunzip)(packed, { maxOutputLength: MAX_PACK_BYTES });
  const textEnd = 8 + body.readUInt32LE(0);
  const columns = body.subarray(align(textEnd));
  const block = new SharedArrayBuffer(columns.length);
  new Uint8Array(block).set(columns);
  return JSON.parse(body.toString('utf8', 8, textEnd), (_, value: unknown) => {
    const mark = typeof value === 'object' && value !== null ? (value as Partial<Token>)['@'] : undefined;
    if (typeof mark === 'string') {
      return Number(mark);
    }
    return Array.isArray(mark)
      ? new COLUMN_TYPES[mark[0] as keyof typeof COLUMN_TYPES](block, mark[1] as number, mark[2] as number)
      : value;
  }) as DigestPack;
}

function typeOf(column: Column): keyof typeof COLUMN_TYPES {
  return column instanceof Uint8Array ? 'u8' : column instanceof Uint32Array ? 'u32' : 'f64';
}

/** Columns begin at multiples of eight bytes. */
function align(bytes: number): number {
  return (bytes + 7) & ~7;
}
