/** A storage in memory, whose clock goes on by a second with each object that is written. */
import { Readable } from 'node:stream';
import type { Storage } from '../../../src/service/storage';

export interface MemoryStorage extends Storage {
  readonly files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly modifiedMs: number }>;
}

export function createMemoryStorage(): MemoryStorage {
  const files = new Map<string, { bytes: Uint8Array; modifiedMs: number }>();
  let nowMs = 1000;
  return {
    name: 'memory',
    files,
    exists: async (name) => files.has(name),
    async open(name) {
      const file = files.get(name);
      return file && { sizeBytes: file.bytes.length, body: Readable.from([Buffer.from(file.bytes)]) };
    },
    async write(name, bytes) {
      files.set(name, { bytes, modifiedMs: (nowMs += 1000) });
    },
    async remove(name) {
      files.delete(name);
    },
    async *list() {
      for (const [name, { bytes, modifiedMs }] of files) {
        yield { name, sizeBytes: bytes.length, modifiedMs };
      }
    },
    check: async () => undefined,
  };
}
