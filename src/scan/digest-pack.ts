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
import { decodeColumns, encodeColumns } from './column-codec';
import type { ObjectDigest } from './digest-cache';

/** The digest of one object, and the object that it is of. */
export interface PackedObject {
  /** The name of the store that it lies in. */
  readonly place: string;
  /** Where in it the source began that it was found by. */
  readonly prefix: string;
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** What the key says of its time, in Unix seconds. */
  readonly stampSec?: number;
  readonly accountId?: string;
  readonly region?: string;
  readonly own: ObjectDigest;
}

export interface DigestPack {
  /** Without a range: digests are of all records of their objects. */
  readonly plan: DigestPlan;
  readonly objects: readonly PackedObject[];
}

const MAGIC = 'vpcflow digest pack 3\n';
const HASH_BYTES = 32;
/** Unpacked; a larger one is neither written nor read. */
const MAX_PACK_BYTES = 2 ** 30;

/** The pack as a file. Throws `over-limit` if it would be too large. */
export function encodePack(pack: DigestPack): Promise<Buffer> {
  return encodePackFile(MAGIC, pack);
}

/** The pack of a file; columns lie in shared memory. Throws `corrupt-object` for what is no pack, or no longer whole. */
export async function decodePack(file: Uint8Array): Promise<DigestPack> {
  return (await decodePackFile(MAGIC, file)) as DigestPack;
}

/** Plain data with typed columns in it as a file that begins with `magic`. Throws `over-limit` if it would be too large. */
export async function encodePackFile(magic: string, pack: unknown): Promise<Buffer> {
  const { bytes, columnBytes } = encodeColumns(pack);
  if (Math.max(bytes.length, columnBytes) > MAX_PACK_BYTES) {
    throw new FlowError('over-limit', `cannot pack digests: they are ${columnBytes} bytes`);
  }
  const packed = await promisify(gzip)(bytes, { level: 1 });
  return Buffer.concat([Buffer.from(magic), createHash('sha256').update(packed).digest(), packed]);
}

/** What `encodePackFile` wrote; columns lie in shared memory. Throws `corrupt-object` for anything else. */
export async function decodePackFile(magic: string, file: Uint8Array): Promise<unknown> {
  const head = Buffer.from(file.buffer, file.byteOffset, file.length);
  const packed = head.subarray(magic.length + HASH_BYTES);
  const hash = head.subarray(magic.length, magic.length + HASH_BYTES);
  if (
    head.toString('latin1', 0, magic.length) !== magic ||
    !createHash('sha256').update(packed).digest().equals(hash)
  ) {
    throw new FlowError('corrupt-object', 'cannot read stored digests: it is no whole file of this version');
  }
  // The end of a gzip file says how long its contents are: it is unpacked in one piece.
  const chunkSize = Math.min(
    Math.max(packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4), 64),
    MAX_PACK_BYTES,
  );
  const body = await promisify(gunzip)(packed, { maxOutputLength: MAX_PACK_BYTES, chunkSize });
  return decodeColumns(body, MAX_PACK_BYTES);
}
