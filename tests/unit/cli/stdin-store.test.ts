import { Readable } from 'node:stream';
import { createStdinStore } from '../../../src/cli/stdin-store';
import { failureOf, listAll, readAll } from '../../contract/object-store-contract';

describe('standard input as a store', () => {
  test('is one object of unknown size', async () => {
    const store = createStdinStore(Readable.from([Buffer.from('ab'), Buffer.from('c')]));
    expect(await listAll(store)).toEqual({ keys: ['standard input'], prefixes: [], pages: [1] });
    expect((await listAll(store, 'x')).keys).toEqual([]);
    for await (const { objects } of store.list('')) {
      expect(objects[0]).toMatchObject({ sizeBytes: -1, isArchived: false });
    }
    expect((await readAll(store, 'standard input')).toString()).toBe('abc');
    store.close();
  });

  test('is read once', async () => {
    const store = createStdinStore(Readable.from([]));
    await readAll(store, 'standard input');
    expect(await failureOf(readAll(store, 'standard input'))).toMatchObject({
      code: 'not-found',
      message: 'cannot read standard input twice',
    });
  });

  test('gives way to the signal while it waits, and before', async () => {
    const store = createStdinStore(new Readable({ read: () => undefined }));
    const aborting = new AbortController();
    const failure = failureOf(readAll(store, 'standard input', { signal: aborting.signal }));
    aborting.abort();
    expect((await failure).code).toBe('aborted');
    const other = createStdinStore(Readable.from([Buffer.from('x')]));
    expect((await failureOf(readAll(other, 'standard input', { signal: aborting.signal }))).code).toBe('aborted');
  });

  test('passes its failure on', async () => {
    const input = new Readable({ read: () => undefined });
    const failure = readAll(createStdinStore(input), 'standard input');
    input.destroy(new Error('EIO'));
    await expect(failure).rejects.toThrow('EIO');
  });
});
