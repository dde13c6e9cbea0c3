/**
 * The time window of a digest or graph: how clients write it, and the id that it has everywhere: in addresses, in names of
 * stored objects and in jobs.
 */
import { createHash } from 'node:crypto';
import { FlowError } from '../errors';
import { parseRfc3339 } from '../query/time';

/** What is made of a window. */
export type ProductKind = 'digest' | 'graph';

/** `[startMs, stopMs)` in Unix milliseconds, both on a full minute. */
export interface Window {
  readonly startMs: number;
  readonly stopMs: number;
}

const MINUTE_MS = 60_000;
/** Go's `time.RFC3339Nano`: the date and the time of day with `T` between them, and `Z` or an offset. */
const RFC_3339_NANO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * The window of two RFC 3339 times, which may have nanoseconds and are cut to the minute. Throws `bad-query` for what is
 * no time, and for a window without any minute in it: nothing could ever be digested.
 */
export function parseWindow(start: unknown, stop: unknown): Window {
  const startMs = parseMinute('start', start);
  const stopMs = parseMinute('stop', stop);
  if (startMs >= stopMs) {
    throw new FlowError('bad-query', 'cannot use this window: start should be before stop, by a minute at least', {
      fields: { start: String(start), stop: String(stop) },
    });
  }
  return { startMs, stopMs };
}

function parseMinute(name: string, text: unknown): number {
  const shown = JSON.stringify(String(text ?? '').slice(0, 64));
  if (text === undefined || text === '') {
    throw new FlowError('bad-query', `cannot use this window: ${name} is missing`, { fields: { name } });
  }
  const timeMs = typeof text === 'string' && RFC_3339_NANO.test(text) ? parseRfc3339(text) : undefined;
  if (timeMs === undefined || timeMs < 0) {
    throw new FlowError(
      'bad-query',
      `cannot use this window: ${name} is ${shown}, expected RFC 3339 such as 2026-01-31T12:00:00Z`,
      { fields: { name } },
    );
  }
  return Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
}

/** A moment on a full second as RFC 3339. */
export function printTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

/**
 * The id of a window: a UUID of version 5 in a namespace of its own per kind, of both times as Go prints them in UTC. It is
 * the id that vpcflow-digesterd and vpcflow-grapherd gave it, so what they have stored is found.
 */
export function windowId(kind: ProductKind, { startMs, stopMs }: Window): string {
  const namespace = uuidV5(NIL_UUID, kind);
  return uuidV5(namespace, printGoTime(startMs) + printGoTime(stopMs));
}

/** True for the text of an id in lower case. Ids become names of files. */
export function isWindowId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** `time.Time.String()` of a full minute in UTC. */
function printGoTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

/** RFC 9562, section 5.5. */
function uuidV5(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
