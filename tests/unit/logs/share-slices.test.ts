import { createSliceSharing } from '../../../src/logs/share-slices';
import { createByteCache } from '../../../src/store/byte-cache';
import type { SharedAnswer } from '../../../src/store/with-sharing';

const KILOBYTE = 1024;

function create({ maxBytes = 64 * KILOBYTE } = {}) {
  let nowMs = 0;
  let opened = 0;
  const cache = createByteCache<SharedAnswer>({ maxBytes });
  const sharingOf = (scope: string) => createSliceSharing({ cache, scope, ttlMs: 1000, clock: () => nowMs });
  /** Three chunks that say which reading they are of. */
  const open = (bytes = 10) =>
    async function* (): AsyncGenerator<Uint8Array> {
      opened++;
      for (let i = 0; i < 3; i++) {
        await new Promise(setImmediate);
        yield new Uint8Array(bytes).fill(opened);
      }
    };
  return { sharingOf, open, opened: () => opened, pass: (ms: number) => void (nowMs += ms) };
}

/** The first byte of each chunk; the chunks' memory is given away, as a scan does. */
async function read(chunks: AsyncIterable<Uint8Array>): Promise<readonly number[]> {
  const first: number[] = [];
  for await (const chunk of chunks) {
    first.push(chunk[0]!);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer as ArrayBuffer] });
  }
  return first;
}

test('one reading serves all at the same time, and for a while after it', async () => {
  const { sharingOf, open, opened, pass } = create();
  const sharing = sharingOf('a');
  const readSlice = () => read(sharing.read('slice', open(), undefined));
  await expect(Promise.all([readSlice(), readSlice(), readSlice()])).resolves.toEqual(Array(3).fill([1, 1, 1]));
  pass(999);
  await expect(readSlice()).resolves.toEqual([1, 1, 1]);
  pass(1);
  // What has come late is seen.
  await expect(readSlice()).resolves.toEqual([2, 2, 2]);
  expect(opened()).toBe(2);
});

test('nothing is shared between slices, or sources with rights of their own', async () => {
  const { sharingOf, open, opened } = create();
  await read(sharingOf('a').read('slice', open(), undefined));
  await read(sharingOf('a').read('other', open(), undefined));
  await read(sharingOf('b').read('slice', open(), undefined));
  expect(opened()).toBe(3);
});

test('one that becomes too large is not kept', async () => {
  const { sharingOf, open, opened } = create({ maxBytes: 16 * KILOBYTE });
  const sharing = sharingOf('a');
  await read(sharing.read('slice', open(KILOBYTE), undefined));
  await read(sharing.read('slice', open(KILOBYTE), undefined));
  expect(opened()).toBe(2);
});

test('a failure reaches who waits, and is not kept', async () => {
  const { sharingOf, open } = create();
  const sharing = sharingOf('a');
  const failing = () => {
    throw new Error('no');
  };
  await expect(read(sharing.read('slice', failing, undefined))).rejects.toThrow('no');
  await expect(read(sharing.read('slice', open(), undefined))).resolves.toEqual([1, 1, 1]);
});
