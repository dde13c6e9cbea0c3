/** What every marker store must do; ownership of jobs rests on it. */
import { randomUUID } from 'node:crypto';
import type { MarkerStore } from '../../../src/service/marker-store';

/** Runs the contract; `open` gives a store of its own per call, over the same place. */
export function describeMarkerStore(name: string, open: () => MarkerStore): void {
  describe(name, () => {
    test('a value is there from its writing to its removal', async () => {
      const markers = open();
      const id = randomUUID();
      expect(await markers.read(id)).toBeUndefined();
      const version = await markers.write(id, 'one', undefined);
      expect(await open().read(id)).toEqual({ value: 'one', version });
      const next = await markers.write(id, 'two', version);
      expect(await open().read(id)).toEqual({ value: 'two', version: next });
      expect(next).not.toBe(version);
      await markers.remove(id, next!);
      expect(await open().read(id)).toBeUndefined();
      expect(await markers.write(id, 'three', undefined)).toBeDefined();
    });

    test('a change from what is no longer so changes nothing', async () => {
      const markers = open();
      const id = randomUUID();
      const first = (await markers.write(id, 'one', undefined))!;
      const second = (await markers.write(id, 'two', first))!;
      expect(await markers.write(id, 'late', first)).toBeUndefined();
      expect(await markers.write(id, 'new', undefined)).toBeUndefined();
      expect((await markers.read(id))?.value).toBe('two');
      const third = (await markers.write(id, 'three', second))!;
      const fourth = (await markers.write(id, 'four', third))!;
      for (const old of [first, second, third]) {
        expect(await markers.write(id, 'late', old)).toBeUndefined();
      }
      await markers.remove(id, fourth);
      expect(await markers.write(id, 'late', fourth)).toBeUndefined();
      expect(await markers.read(id)).toBeUndefined();
    });

    test('of many who write at a time, one does', async () => {
      const id = randomUUID();
      const writers = Array.from({ length: 8 }, () => open());
      const race = async (expected: string | undefined): Promise<string> => {
        const versions = await Promise.all(
          writers.map((markers, i) => markers.write(id, `${i} ${expected}`, expected)),
        );
        const won = versions.filter((version) => version !== undefined);
        expect(won).toHaveLength(1);
        return won[0]!;
      };
      let version = await race(undefined);
      for (let round = 0; round < 5; round++) {
        version = await race(version);
      }
      expect((await open().read(id))?.version).toBe(version);
    });
  });
}
