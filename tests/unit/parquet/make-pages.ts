/** Pages of Parquet columns, written byte by byte: what writers may do and the one that tests use does not. */
import { gzipSync } from 'node:zlib';
import { ByteWriter } from 'hyparquet-writer';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';

/** A run of one value, or numbers packed in groups of eight. */
export type Run = { readonly value: number; readonly count: number } | { readonly packed: readonly number[] };

/** Runs as Parquet's hybrid has them. */
export function encodeRuns(runs: readonly Run[], width: number): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: number): void => {
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
      if (rest < 128) {
        return;
      }
    }
  };
  for (const run of runs) {
    if ('packed' in run) {
      varint((run.packed.length / 8) * 2 + 1);
      const bits = run.packed.flatMap((number) => Array.from({ length: width }, (_, bit) => (number >> bit) & 1));
      for (let at = 0; at < bits.length; at += 8) {
        bytes.push(bits.slice(at, at + 8).reduce((byte, bit, place) => byte | (bit << place), 0));
      }
    } else {
      varint(run.count * 2);
      for (let shift = 0; shift < width; shift += 8) {
        bytes.push((run.value >> shift) & 255);
      }
    }
  }
  return Uint8Array.from(bytes);
}

/** A page: its header, and its bytes in gzip. */
function makePage(type: number, header: object, bytes: Uint8Array): Uint8Array {
  const stored = gzipSync(bytes);
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, { field_1: type, field_2: bytes.length, field_3: stored.length, ...header });
  return Buffer.concat([new Uint8Array(writer.getBuffer()), stored]);
}

export const PLAIN = 0;
export const PLAIN_DICTIONARY = 2;

/** A page of plain values for codes to stand for. */
export function dictionaryPage(count: number, bytes: Uint8Array): Uint8Array {
  return makePage(2, { field_7: { field_1: count, field_2: PLAIN_DICTIONARY } }, bytes);
}

/** A page of the older kind, levels and values compressed as one. */
export function dataPage(count: number, encoding: number, bytes: Uint8Array): Uint8Array {
  return makePage(0, { field_5: { field_1: count, field_2: encoding, field_3: 3, field_4: 3 } }, bytes);
}

/** Levels with their length before them. */
export function lengthBefore(levels: Uint8Array): Uint8Array {
  return Buffer.concat([int32(levels.length), levels]);
}

export function int32(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

export function int64(...values: bigint[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values).buffer);
}

export function texts(...values: string[]): Uint8Array {
  return Buffer.concat(values.flatMap((text) => [int32(Buffer.byteLength(text)), Buffer.from(text)]));
}
