import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { createByteCache } from '../../src/store/byte-cache';
import { createDirectoryStore } from '../../src/store/directory-store';
import type { ObjectStore, ReadOptions } from '../../src/store/store';
import { withSharing, type SharedAnswer } from '../../src/store/with-sharing';
import { describeObjectStore, readAll } from './object-store-contract';

const TTL_MS = 10_000;

/** The contract over a folder; `present` makes of the sharing store what the tests are to see. */
function describeSharing(name: string, present: (shared: ObjectStore, listed: ObjectStore) => ObjectStore): void {
  describeObjectStore(name, (objects) => {
    const root = mkdtempSync(join(tmpdir(), 'vpcflow-sharing-'));
    let nowMs = 0;
    const put = (key: string, content: string | Uint8Array): void => {
      mkdirSync(dirname(join(root, key)), { recursive: true });
      writeFileSync(join(root, key), content);
      // What is listed may be as old as that.
      nowMs += TTL_MS;
    };
    Object.entries(objects).forEach(([key, content]) => put(key, content));
    const inner = createDirectoryStore({ root });
    const cache = createByteCache<SharedAnswer>({ maxBytes: 64 * 2 ** 20 });
    const store = present(withSharing(inner, { cache, listTtlMs: TTL_MS, clock: () => nowMs }).store, inner);
    return Promise.resolve({
      store,
      put: (key, content) => Promise.resolve(put(key, content)),
      dispose() {
        store.close();
        rmSync(root, { recursive: true, force: true });
        return Promise.resolve();
      },
    });
  });
}

describeSharing('withSharing, reads that pass through', (store) => store);

describeSharing('withSharing, reads of what was listed', (store, listed) => ({
  ...store,
  async *read(key, options) {
    yield* store.read(key, await readOptionsOf(listed, key, options));
  },
}));

describeSharing('withSharing, reads and listings from memory', (store, listed) => ({
  ...store,
  async *list(prefix, options) {
    for await (const page of store.list(prefix, { ...options, signal: undefined })) {
      expect(page).toBeDefined();
    }
    yield* store.list(prefix, options);
  },
  async *read(key, options) {
    const { sizeBytes, ...asked } = await readOptionsOf(listed, key, options);
    if (sizeBytes !== undefined) {
      await readAll(store, key, { etag: asked.etag, sizeBytes });
    }
    yield* store.read(key, { ...asked, sizeBytes });
  },
}));

/**
 * Adds ETag and size as a scan passes them on from the listing; a test that names an ETag is left to itself, because an
 * object that is kept outlives its change.
 */
async function readOptionsOf(store: ObjectStore, key: string, options: ReadOptions = {}): Promise<ReadOptions> {
  if (options.etag === undefined) {
    for await (const { objects } of store.list(key)) {
      const object = objects.find((one) => one.key === key);
      return object ? { etag: object.etag, sizeBytes: object.sizeBytes, ...options } : options;
    }
  }
  return options;
}
