/**
 * The object store as the rest of the project sees it: a list of immutable objects under a prefix, and their bytes.
 * S3 and a local directory implement it; retry, counting and limits wrap it (`with-….ts`).
 */

import type { StampRange } from '../flow/stamp-range';

/** An object as a listing shows it. */
export interface StoredObject {
  /** The full key, from the root of the store; always with `/` between segments. */
  readonly key: string;
  /** The stored (compressed) size; −1 where it is not known before the end (standard input). */
  readonly sizeBytes: number;
  /** Changes whenever the content changes; for a directory made of size and modification time. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** True when the bytes cannot be read at once (S3 Glacier classes). */
  readonly isArchived: boolean;
}

/** One page of a listing, as one request returns it. */
export interface ListPage {
  /** Sorted by key, in UTF-8 byte order. */
  readonly objects: readonly StoredObject[];
  /** With `delimiter`: what the keys share up to and with the delimiter, sorted. */
  readonly prefixes: readonly string[];
}

export interface ListOptions {
  readonly signal?: AbortSignal;
  /** Fold all keys that share a prefix up to the next `/` into one of `prefixes`. */
  readonly delimiter?: '/';
  /** Only keys, and with `delimiter` prefixes, that sort after this text. */
  readonly startAfter?: string;
  /**
   * Flow logs stamped outside may be left out, where that saves requests or time. Everything else is listed, each time: what
   * was delivered late is there as soon as the store has it.
   */
  readonly stamps?: StampRange;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** The byte range `[start, end)`; without `end` to the end of the object. What lies beyond that end has no bytes. */
  readonly range?: { readonly start: number; readonly end?: number };
  /** Fail with `not-found` unless the object still has this ETag. */
  readonly etag?: string;
  /** The size of the whole object as the listing said, for those who must know it before the first byte (`withSharing`). */
  readonly sizeBytes?: number;
}

/** What is known of an object that is read at once, from its listing. */
export interface ReadAtOnceOptions extends Required<Pick<ReadOptions, 'etag' | 'sizeBytes'>> {
  readonly signal?: AbortSignal;
}

/**
 * A place with objects.
 *
 * Errors are `FlowError`s: `access-denied` (with `fields.action`, the IAM action, where one is known), `not-found`,
 * `throttled`, `unavailable`, `aborted`, `bad-settings`; each names the key or prefix.
 */
export interface ObjectStore {
  /** For messages: `s3://bucket` or a folder. */
  readonly name: string;
  /** The keys under a prefix, page by page; a prefix without any key gives no object, not an error. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListPage>;
  /**
   * The bytes of one object, in chunks as they come; the caller owns them. The iterable ends only when all bytes have
   * come; a connection cut short throws `unavailable`. Leaving the loop early releases the connection.
   */
  read(key: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /**
   * All bytes of an object of some kilobytes by the shortest way; the caller owns them. `undefined` if that did not bring
   * them, whatever the reason: `read` finds it out. Nothing is tried again.
   */
  readAtOnce?(key: string, options: ReadAtOnceOptions): Promise<Uint8Array | undefined>;
  /**
   * The path of an object that is a file on this machine, for threads to read by themselves; `undefined` if no file can have
   * the key. Only stores have it where nothing but the ETag is to be looked at when a file is read.
   */
  pathOf?(key: string): string | undefined;
  /** Releases connections. Nothing may be called after it. */
  close(): void;
}
