import fc from 'fast-check';

import { createByteCache, type Reservation } from '../../../src/store/byte-cache';

/** Room for this many values of 1000 bytes, with what their entries take. */
function cacheOf(values: number) {
  return createByteCache<string>({ maxBytes: values * 1512, maxEntryBytes: 1000 });
}

function put(cache: ReturnType<typeof cacheOf>, id: string, bytes = 1000): boolean {
  const room = cache.reserve(bytes);
  room?.keep(id, `value of ${id}`);
  return room !== undefined;
}

test('what was used least recently goes first', () => {
  const cache = cacheOf(3);
  ['a', 'b', 'c'].forEach((id) => put(cache, id));
  expect(cache.get('a')).toBe('value of a');
  put(cache, 'd');
  expect(['a', 'b', 'c', 'd'].map((id) => cache.get(id) !== undefined)).toEqual([true, false, true, true]);
  expect(cache.counts()).toEqual({ entries: 3, keptBytes: 3 * 1512, reservedBytes: 0, evictions: 1 });
});

test('a value put again takes the place of the old one', () => {
  const cache = cacheOf(3);
  put(cache, 'a', 1000);
  put(cache, 'a', 10);
  expect(cache.counts()).toMatchObject({ entries: 1, keptBytes: 522, evictions: 0 });
  cache.delete('a');
  cache.delete('a');
  expect(cache.counts()).toMatchObject({ entries: 0, keptBytes: 0 });
});

test('one value gets no more than its share, an eighth if not said; nothing goes for a value that finds no room', () => {
  const cache = createByteCache<string>({ maxBytes: 80_000 });
  expect(cache.maxEntryBytes).toBe(10_000);
  put(cache, 'a', 10_000);
  expect(cache.reserve(10_001)).toBeUndefined();
  const held = Array.from({ length: 7 }, () => cache.reserve(10_000));
  expect(held.every((room) => room !== undefined)).toBe(true);
  put(cache, 'b', 2000);
  expect(cache.reserve(10_000)).toBeUndefined();
  expect(cache.get('b')).toBe('value of b');
  held[0]!.release();
  expect(cache.reserve(10_000)).toBeDefined();
});

test('a cache of no size keeps nothing', () => {
  const cache = createByteCache<string>({ maxBytes: 0 });
  expect(put(cache, 'a', 0)).toBe(false);
  expect(cache.get('a')).toBeUndefined();
});

test('room ends once: a value kept after release is not kept, and releasing it afterwards frees nothing', () => {
  const cache = cacheOf(2);
  const released = cache.reserve(1000)!;
  released.release();
  released.keep('a', 'late');
  expect(cache.get('a')).toBeUndefined();
  const kept = cache.reserve(1000)!;
  kept.keep('b', 'kept');
  kept.release();
  kept.keep('c', 'again');
  expect(cache.get('c')).toBeUndefined();
  expect(cache.counts()).toEqual({ entries: 1, keptBytes: 1512, reservedBytes: 0, evictions: 0 });
});

test('whatever happens, the bound holds and the counts are true', () => {
  const id = fc.integer({ min: 0, max: 9 }).map(String);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('reserve' as const), bytes: fc.integer({ min: 0, max: 3000 }) }),
    fc.record({ kind: fc.constant('keep' as const), at: fc.nat(20), id }),
    fc.record({ kind: fc.constant('release' as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant('get' as const), id }),
    fc.record({ kind: fc.constant('delete' as const), id }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12_000 }), fc.array(step, { maxLength: 80 }), (maxBytes, steps) => {
      const cache = createByteCache<number>({ maxBytes, maxEntryBytes: 2500 });
      const rooms: { room: Reservation<number>; bytes: number; isOpen: boolean }[] = [];
      // Sizes of what was kept last under each id; the cache may have let go of it.
      const sizes = new Map<string, number>();
      for (const one of steps) {
        if (one.kind === 'reserve') {
          const room = cache.reserve(one.bytes);
          if (room) {
            rooms.push({ room, bytes: one.bytes, isOpen: true });
          }
        } else if (one.kind === 'keep' || one.kind === 'release') {
          const held = rooms[one.at];
          if (held && one.kind === 'keep') {
            held.room.keep(one.id, held.bytes);
            if (held.isOpen) {
              sizes.set(one.id, held.bytes);
            }
          } else {
            held?.room.release();
          }
          if (held) {
            held.isOpen = false;
          }
        } else if (one.kind === 'get') {
          expect([undefined, sizes.get(one.id)]).toContain(cache.get(one.id));
        } else {
          cache.delete(one.id);
          sizes.delete(one.id);
        }
        const { entries, keptBytes, reservedBytes } = cache.counts();
        expect(keptBytes + reservedBytes).toBeLessThanOrEqual(maxBytes);
        expect(reservedBytes).toBe(rooms.reduce((sum, held) => sum + (held.isOpen ? held.bytes + 512 : 0), 0));
        const present = [...sizes].filter(([key]) => cache.get(key) !== undefined);
        expect(present).toHaveLength(entries);
        expect(keptBytes).toBe(present.reduce((sum, [, bytes]) => sum + bytes + 512, 0));
      }
    }),
    { numRuns: 300 },
  );
});
