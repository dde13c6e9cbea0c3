/** Where digests and graphs lie: the seam between the service and a folder or a bucket. */
import type { Readable } from 'node:stream';

/** A stored object, open for reading. Whoever has it reads `body` to its end or destroys it. */
export interface OpenedObject {
  readonly sizeBytes: number;
  readonly body: Readable;
}

/** A stored object as a listing shows it. */
export interface ListedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** When it was written, Unix milliseconds. */
  readonly modifiedMs: number;
}

/** Objects by name (no folders in it). An object is there as a whole or not at all, also for other processes. */
export interface Storage {
  /** For people: `s3://bucket`, a folder. */
  readonly name: string;
  exists(name: string): Promise<boolean>;
  /** The object, or `undefined` if there is none. */
  open(name: string): Promise<OpenedObject | undefined>;
  /** Writes an object, in place of one of that name. When it resolves, the object outlives a crash. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes an object; no error if there is none. */
  remove(name: string): Promise<void>;
  /** All objects, in no order. */
  list(): AsyncIterable<ListedFile>;
  /** Rejects with the reason if nothing could be read or written. */
  check(): Promise<void>;
}

/** A whole object, or `undefined` if there is none. */
export async function readWhole(storage: Storage, name: string): Promise<Buffer | undefined> {
  const opened = await storage.open(name);
  if (!opened) {
    return undefined;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of opened.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
