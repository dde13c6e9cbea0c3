/**
 * Files of kept digests: a head that says which version of this program can read them, then records one after the other.
 * A record tells what it is of and whether it is whole, so that wherever one is found it is right: after a crash, a full
 * disk or a flipped bit at most it is lost.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Begins every file. */
export const SEGMENT_HEAD_BYTES = 64;
/** Magic, length of the payload, hash of the key, checksum of all that and the payload. */
const RECORD_HEAD_BYTES = 72;
const MAGIC = 0x31464456;
const LENGTH_AT = 4;
const HASH_AT = 8;
const CHECKSUM_AT = 40;
const HASH_BYTES = 32;
/** Any change of what the bytes of a record mean needs another one. */
const FORMAT = 2;
/** Read at a time when a file is looked through: many small records, or the head of the one after a large one. */
const WALK_BYTES = 2 ** 18;
const HOP_BYTES = 2 ** 12;

/** The name of a new segment; in the order of names they were begun. */
export function newSegmentName(nowMs: number): string {
  return `digests-${String(Math.floor(nowMs)).padStart(13, '0')}-${randomBytes(6).toString('hex')}.vfd`;
}

/** Whether a file of that name is a segment, of any version. */
export function isSegmentName(name: string): boolean {
  return /^digests-\d{13}-[0-9a-f]{12}\.vfd$/.test(name);
}

/** The first bytes of all segments that `version` writes, and of no other. */
export function segmentHead(version: string): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
  const name = version.length <= 20 ? version : createHash('sha256').update(version).digest('hex').slice(0, 20);
  head.write(`vpcflow digests ${FORMAT} of ${name}\n`);
  return head;
}

/** What stands for a key in records of that version. */
export function hashKey(version: string, key: string): Buffer {
  return createHash('sha256').update(`${FORMAT}\n${version}\n${key}`).digest();
}

/** A record, and the hash of what it is of. */
export interface KeyedRecord {
  readonly hash: Buffer;
  readonly record: Buffer;
}

/** The record of that key: so many bytes as go into a file, a multiple of eight. */
export function encodeRecord(hash: Buffer, payload: Uint8Array): Buffer {
  const record = Buffer.alloc((RECORD_HEAD_BYTES + payload.length + 7) & ~7);
  record.writeUInt32LE(MAGIC, 0);
  record.writeUInt32LE(payload.length, LENGTH_AT);
  record.set(hash, HASH_AT);
  record.set(payload, RECORD_HEAD_BYTES);
  record.set(checksum(record, payload), CHECKSUM_AT);
  return record;
}

/** The payload of a record, if it is that key's and whole. */
export function decodeRecord(record: Buffer, hash: Buffer): Buffer | undefined {
  if (record.length < RECORD_HEAD_BYTES || record.readUInt32LE(0) !== MAGIC) {
    return undefined;
  }
  const length = record.readUInt32LE(LENGTH_AT);
  const payload = record.subarray(RECORD_HEAD_BYTES, RECORD_HEAD_BYTES + length);
  const isWhole =
    payload.length === length &&
    record.subarray(HASH_AT, CHECKSUM_AT).equals(hash) &&
    record.subarray(CHECKSUM_AT, RECORD_HEAD_BYTES).equals(checksum(record, payload));
  return isWhole ? payload : undefined;
}

function checksum(record: Buffer, payload: Uint8Array): Buffer {
  return createHash('sha256').update(record.subarray(0, CHECKSUM_AT)).update(payload).digest();
}

/** Reads so many bytes of a file into the buffer, as far as they are there; resolves to how many. */
export type ReadFile = (into: Buffer, bytes: number, at: number) => Promise<number>;

/** Where a record lies, by its head alone. */
export interface FoundRecord {
  /** While it is told only. */
  readonly hash: Buffer;
  readonly at: number;
  readonly bytes: number;
}

/**
 * Looks through the records of a file from `from` on, told one by one in the order of the file. Resolves to where the first
 * begins that is not there as a whole: the file may have ended amid it, or still grow.
 */
export async function walkRecords(
  read: ReadFile,
  { from, sizeBytes }: { readonly from: number; readonly sizeBytes: number },
  found: (record: FoundRecord) => void,
): Promise<number> {
  const block = Buffer.alloc(Math.min(WALK_BYTES, Math.max(RECORD_HEAD_BYTES, sizeBytes - from)));
  let lastBytes = 0;
  let blockAt = 0;
  let blockEnd = 0;
  let at = from;
  while (at + RECORD_HEAD_BYTES <= sizeBytes) {
    if (at + RECORD_HEAD_BYTES > blockEnd) {
      const bytesRead = await read(block, Math.min(block.length, lastBytes > HOP_BYTES ? HOP_BYTES : WALK_BYTES), at);
      [blockAt, blockEnd] = [at, at + bytesRead];
      if (bytesRead < RECORD_HEAD_BYTES) {
        break;
      }
    }
    const i = at - blockAt;
    const bytes = (RECORD_HEAD_BYTES + block.readUInt32LE(i + LENGTH_AT) + 7) & ~7;
    if (block.readUInt32LE(i) !== MAGIC || bytes < RECORD_HEAD_BYTES || at + bytes > sizeBytes) {
      break;
    }
    found({ hash: block.subarray(i + HASH_AT, i + HASH_AT + HASH_BYTES), at, bytes });
    at += bytes;
    lastBytes = bytes;
  }
  return at;
}
