/** Reads of S3 as data, so that they can be done by another process (`store-process`), in another runtime. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { FlowError } from '../../src/errors';
import { createS3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store } from '../../src/store/s3-store';
import type { ObjectStore } from '../../src/store/store';
import { withRetry } from '../../src/store/with-retry';

/** How a store is opened. */
export interface StoreOpening {
  readonly bucket: string;
  /** For `parseS3Settings`. */
  readonly settings: object;
  readonly environment?: Readonly<Record<string, string>>;
  /** The access keys to be used one after the other, the last one again and again, each with a session token. */
  readonly accessKeys?: readonly string[];
  readonly maxAttempts?: number;
  readonly maxSockets?: number;
  readonly answerTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  /** With `withRetry`, which does not give up soon. */
  readonly isPatient?: boolean;
}

/** One read, to its end or as `until` says. */
export interface StoreRead {
  readonly key: string;
  readonly etag?: string;
  readonly range?: { readonly start: number; readonly end?: number };
  /** Of what size the object is, to be read at once. */
  readonly sizeBytes?: number;
  /** Leave the body after its first chunk, or abort when that has come, or after some milliseconds. */
  readonly until?: 'left' | 'aborted' | number;
}

export type StoreCall = { readonly id: number; readonly store: number } & (
  { readonly open: StoreOpening } | { readonly read: StoreRead }
);

/** What came of a read. */
export interface ReadOutcome {
  readonly base64: string;
  /** Set if it did not come at once. */
  readonly isNone?: true;
  readonly error?: { readonly code: string; readonly message: string; readonly fields: object };
}

export interface StoreReply {
  readonly id: number;
  readonly outcome?: ReadOutcome;
}

/** Opens a store with the means of the process that it is called in. */
export function openStore({ settings: raw, isPatient, accessKeys, ...options }: StoreOpening): ObjectStore {
  const settings = parseS3Settings(raw);
  let uses = 0;
  const nextKey = () => accessKeys![Math.min(uses++, accessKeys!.length - 1)]!;
  const credentials = () =>
    Promise.resolve().then(() => {
      const accessKeyId = nextKey();
      return { accessKeyId, secretAccessKey: 'secret', sessionToken: `token of ${accessKeyId}` };
    });
  const connection = createS3Connection({
    maxAttempts: 1,
    ...options,
    settings,
    ...(accessKeys && { credentials: Object.assign(credentials, { memoized: true as const }) }),
  });
  const store = createS3Store({ ...options, connection });
  const inner = isPatient ? withRetry(store, { attempts: 50, sleep: () => Promise.resolve() }) : store;
  return { ...inner, close: () => connection.close() };
}

/** Reads; failures are part of the outcome. */
export async function readFrom(
  store: ObjectStore,
  { key, until, sizeBytes, ...options }: StoreRead,
): Promise<ReadOutcome> {
  const controller = new AbortController();
  const chunks: Uint8Array[] = [];
  const outcome = () => ({ base64: Buffer.concat(chunks).toString('base64') });
  const timer = typeof until === 'number' ? setTimeout(() => controller.abort(), until) : undefined;
  try {
    if (sizeBytes !== undefined) {
      const { etag = '' } = options;
      const bytes = await store.readAtOnce?.(key, { etag, sizeBytes, signal: controller.signal });
      return bytes ? { base64: Buffer.from(bytes).toString('base64') } : { base64: '', isNone: true };
    }
    for await (const chunk of store.read(key, { ...options, signal: controller.signal })) {
      chunks.push(chunk);
      if (until === 'left') {
        break;
      }
      if (until === 'aborted') {
        setImmediate(() => controller.abort());
      }
    }
    return outcome();
  } catch (thrown) {
    if (!(thrown instanceof FlowError)) {
      throw thrown;
    }
    const { code, message, fields } = thrown;
    return { ...outcome(), error: { code, message, fields: JSON.parse(JSON.stringify(fields)) as object } };
  } finally {
    clearTimeout(timer);
  }
}

/** Where stores can be opened. */
export interface StoreHost {
  open(opening: StoreOpening): RemoteStore;
  /** Ends it, with all of its stores. */
  close(): void;
}

export interface RemoteStore {
  read(read: StoreRead): Promise<ReadOutcome>;
}

/** Stores of this process. */
export function hostHere(): StoreHost {
  const stores: ObjectStore[] = [];
  return {
    open(opening) {
      const store = openStore(opening);
      stores.push(store);
      return { read: (read) => readFrom(store, read) };
    },
    close: () => stores.forEach((store) => store.close()),
  };
}

const ROOT = join(__dirname, '../..');

/** Stores of a process of Bun, which is what the executable is made of. */
export function hostInBun(environment: Readonly<Record<string, string>> = {}): StoreHost {
  const child = spawn(join(ROOT, 'node_modules/.bin/bun'), [join(__dirname, 'store-process.ts')], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const waiting = new Map<number, (reply: StoreReply) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as StoreReply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the process of Bun has ended with ${code}`)));
  });
  ended.catch(() => undefined);
  let lastId = 0;
  let stores = 0;
  const ask = (call: object): Promise<StoreReply> => {
    const id = ++lastId;
    const reply = new Promise<StoreReply>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ ...call, id })}\n`);
    return Promise.race([reply, ended]);
  };
  return {
    open(opening) {
      const store = ++stores;
      const opened = ask({ store, open: opening });
      return {
        async read(read) {
          await opened;
          return (await ask({ store, read })).outcome!;
        },
      };
    },
    close: () => void child.stdin.end(),
  };
}
