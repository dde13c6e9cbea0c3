import fc from 'fast-check';
import {
  HASH_FACTOR,
  HASH_START,
  createIPv6Table,
  createTextTable,
  decodePercent,
  encodeText,
  hashBytes,
  rankIds,
  type TextTable,
} from '../../../src/digest/text-table';

function intern(table: TextTable, text: string, hash?: number): number {
  // Surrounded, so that a read beyond the text would show.
  const bytes = encodeText(`x${text}y`);
  return table.intern(bytes, 1, bytes.length - 1, hash ?? hashBytes(bytes, 1, bytes.length - 1));
}

describe('hashBytes', () => {
  it.each([
    // The published test vectors of FNV-1a, 32 bits.
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('of %j is FNV-1a', (text, hash) => {
    const bytes = encodeText(text);
    expect(hashBytes(bytes, 0, bytes.length) >>> 0).toBe(hash);
  });

  it('is what a scanner computes on the way', () => {
    const bytes = encodeText('eni-0a1b');
    expect([...bytes].reduce((hash, byte) => Math.imul(hash ^ byte, HASH_FACTOR), HASH_START)).toBe(
      hashBytes(bytes, 0, 8),
    );
  });
});

describe('createTextTable', () => {
  it('numbers texts in order of first appearance', () => {
    const table = createTextTable();
    expect(['b', 'a', 'b', '', 'ü', 'a', ''].map((text) => intern(table, text))).toEqual([0, 1, 0, 2, 3, 1, 2]);
    expect(table.size).toBe(4);
    expect([0, 1, 2, 3].map((id) => table.text(id))).toEqual(['b', 'a', '', 'ü']);
  });

  it('is a Map, whatever the hash', () => {
    const value = fc.string({ unit: fc.constantFrom('a', 'b', 'ü'), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), fc.constantFrom(0, 1, 3, 255), (texts, mask) => {
        const table = createTextTable();
        const ids = new Map<string, number>();
        for (const text of texts) {
          const expected = ids.get(text) ?? ids.size;
          ids.set(text, expected);
          const bytes = encodeText(text);
          // Hashes of few values: nearly every look-up meets others.
          expect(intern(table, text, hashBytes(bytes, 0, bytes.length) & mask)).toBe(expected);
        }
        expect(Array.from({ length: table.size }, (_, id) => table.text(id))).toEqual([...ids.keys()]);
      }),
    );
  });

  it('tells texts of one hash and one length apart', () => {
    const table = createTextTable();
    expect(['costarring', 'liquid', 'costarring', 'liquid'].map((text) => intern(table, text))).toEqual([0, 1, 0, 1]);
    expect(['abc', 'abd', 'ab', 'abcd', 'abc', 'ab'].map((text) => intern(table, text, 5))).toEqual([2, 3, 4, 5, 2, 4]);
  });

  it('grows with long and many texts', () => {
    const table = createTextTable();
    const texts = Array.from({ length: 20_000 }, (_, i) => `text-${i}${i % 100 === 0 ? '.'.repeat(i) : ''}`);
    texts.forEach((text, id) => expect(intern(table, text)).toBe(id));
    texts.forEach((text, id) => {
      if (intern(table, text) !== id || table.text(id) !== text) {
        throw new Error(text.slice(0, 20));
      }
    });
    expect(table.size).toBe(texts.length);
  });

  it('gives spellings that are decoded to one text one number', () => {
    const table = createTextTable({ decode: decodePercent });
    expect(['a%20b', 'a b', '%61%20b', '%', '%25', 'a%20b'].map((text) => intern(table, text))).toEqual([
      0, 0, 0, 1, 1, 0,
    ]);
    expect([table.size, table.text(0), table.text(1)]).toEqual([2, 'a b', '%']);
  });
});

describe('createIPv6Table', () => {
  const internAll = (spellings: readonly string[]) => {
    const table = createIPv6Table();
    const ids = spellings.map((spelling) => {
      const bytes = encodeText(` ${spelling} `);
      return table.intern(bytes, 1, bytes.length - 1);
    });
    return { table, ids };
  };

  it('numbers addresses, not spellings', () => {
    const { table, ids } = internAll([
      '::2',
      '::1',
      '0::2',
      '::0:1',
      '10.0.0.1',
      'no',
      'no',
      '0:0:0:0:0:0:0.0.0.2',
      '::1',
    ]);
    expect(ids).toEqual([0, 1, 0, 1, -1, -1, -1, 0, 1]);
    expect(table.size).toBe(2);
    expect(table.bytes(1)).toEqual(Uint8Array.of(...Array<number>(15).fill(0), 1));
  });

  it('refuses what is longer than any spelling', () => {
    const longest = '0000:0000:0000:0000:0000:ffff:255.255.255.255';
    expect(longest).toHaveLength(45);
    expect(internAll([longest, `0${longest}`, ':'.repeat(1e6)]).ids).toEqual([0, -1, -1]);
  });

  it('ranks addresses by value', () => {
    const { table } = internAll(['ffff::', '::2', '1::', '::100', '::ff']);
    const { ranks, order } = rankIds(table.size, table.compare());
    expect([...order]).toEqual([1, 4, 3, 2, 0]);
    expect([...ranks]).toEqual([4, 0, 3, 2, 1]);
  });
});
