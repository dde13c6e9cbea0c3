import fc from 'fast-check';
import protobuf from 'protobufjs';
import {
  BOOL,
  BYTES,
  createMessageCodec,
  enumOf,
  INT32,
  INT64,
  listOf,
  mapOf,
  optional,
  STRING,
} from '../../../src/plugin/message-codec';
import { QUERY_DATA_REQUEST, QUERY_DATA_RESPONSE } from '../../../src/plugin/pluginv2';

interface Inner {
  readonly text: string;
  readonly list: readonly string[];
}
interface Outer {
  readonly text: string;
  readonly flag: boolean;
  readonly small: number;
  readonly large: number;
  readonly bytes: Uint8Array;
  readonly kind: 'none' | 'one' | 'two';
  readonly inner?: Inner;
  readonly items: readonly Inner[];
  readonly byText: ReadonlyMap<string, string>;
  readonly byKey: ReadonlyMap<string, Inner>;
}

const INNER = createMessageCodec<Inner>({ text: [1, STRING], list: [2, listOf(STRING)] });
const OUTER = createMessageCodec<Outer>({
  text: [1, STRING],
  flag: [2, BOOL],
  small: [3, INT32],
  large: [4, INT64],
  bytes: [5, BYTES],
  kind: [6, enumOf(['none', 'one', 'two'])],
  inner: [7, optional(INNER)],
  items: [16, listOf(INNER)],
  byText: [17, mapOf(STRING)],
  byKey: [300, mapOf(INNER)],
});

/** The same messages as protobufjs makes them of a description: it wrote and read them before this project did. */
const reference = protobuf.Root.fromJSON({
  nested: {
    Inner: {
      fields: { text: { type: 'string', id: 1 }, list: { rule: 'repeated', type: 'string', id: 2 } },
    },
    Outer: {
      fields: {
        text: { type: 'string', id: 1 },
        flag: { type: 'bool', id: 2 },
        small: { type: 'int32', id: 3 },
        large: { type: 'int64', id: 4 },
        bytes: { type: 'bytes', id: 5 },
        kind: { type: 'int32', id: 6 },
        inner: { type: 'Inner', id: 7 },
        items: { rule: 'repeated', type: 'Inner', id: 16 },
        byText: { keyType: 'string', type: 'string', id: 17 },
        byKey: { keyType: 'string', type: 'Inner', id: 300 },
      },
    },
  },
} as protobuf.INamespace).lookupType('Outer');

/** Text as UTF-8 can carry it: without halves of surrogate pairs. */
const text = fc.string({ unit: 'grapheme' });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', ''));
const bytes = fc.uint8Array({ maxLength: 300 });
const inner: fc.Arbitrary<Inner> = fc.record({ text, list: fc.array(text) });
const int64 = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const outer: fc.Arbitrary<Outer> = fc.record({
  ...{ text, flag: fc.boolean(), small: fc.integer(), large: int64, bytes },
  kind: fc.constantFrom('none', 'one', 'two'),
  inner: fc.option(inner, { nil: undefined }),
  items: fc.array(inner),
  byText: fc.array(fc.tuple(key, text)).map((entries) => new Map(entries)),
  byKey: fc.array(fc.tuple(key, inner)).map((entries) => new Map(entries)),
});

/** Byte fields are views on Buffers; as plain arrays they compare by content. */
function plain(message: Outer): unknown {
  return { ...message, bytes: [...message.bytes] };
}

test('what was written is read', () => {
  fc.assert(
    fc.property(outer, (message) => {
      expect(plain(OUTER.decode(OUTER.encode(message)))).toEqual(plain(message));
    }),
  );
});

test('what protobufjs writes is read, and the other way round', () => {
  const kinds = ['none', 'one', 'two'];
  const withoutProto = outer.filter(({ byText, byKey }) => !byText.has('__proto__') && !byKey.has('__proto__'));
  fc.assert(
    fc.property(withoutProto, (message) => {
      const theirs = reference.create({
        ...message,
        kind: kinds.indexOf(message.kind),
        byText: Object.fromEntries(message.byText),
        byKey: Object.fromEntries(message.byKey),
      });
      expect(plain(OUTER.decode(reference.encode(theirs).finish()))).toEqual(plain(message));

      const read = reference.toObject(reference.decode(OUTER.encode(message)), { longs: Number, defaults: true });
      const { byText, byKey, kind, inner: readInner, bytes: readBytes, ...rest } = read;
      const { text, flag, small, large, items } = message;
      expect(rest).toEqual({ text, flag, small, large, items });
      expect(readInner ?? undefined).toEqual(message.inner);
      expect([...readBytes]).toEqual([...message.bytes]);
      expect(kinds[kind]).toBe(message.kind);
      expect(new Map(Object.entries(byText))).toEqual(message.byText);
      expect(new Map(Object.entries(byKey))).toEqual(message.byKey);
    }),
  );
});

test('a message without anything has empty values and is no bytes', () => {
  const empty = OUTER.decode(new Uint8Array(0));
  expect(plain(empty)).toEqual({
    ...{ text: '', flag: false, small: 0, large: 0, bytes: [], kind: 'none', inner: undefined, items: [] },
    ...{ byText: new Map(), byKey: new Map() },
  });
  expect(OUTER.encode(empty)).toHaveLength(0);
  // Two messages share nothing that could grow.
  expect(OUTER.decode(new Uint8Array(0)).items).not.toBe(empty.items);
});

test('an empty message within a message is there, empty items of a list are kept', () => {
  const message = OUTER.decode(OUTER.encode({ ...OUTER.createEmpty(), inner: INNER.createEmpty() }));
  expect(message.inner).toEqual({ text: '', list: [] });
  expect(INNER.decode(INNER.encode({ text: '', list: ['', 'a', ''] })).list).toEqual(['', 'a', '']);
});

test.each<[what: string, hex: string, part: object]>([
  ['a text', '0a0461c3a962', { text: 'aéb' }],
  ['a negative number', '18ffffffffffffffffff01', { small: -1 }],
  ['milliseconds of 2023', '20818095ca9931', { large: 1_690_493_599_745 }],
  ['a number of a kind that has no name', '3009', { kind: 'none' }],
  ['the last of two values', '0a0161' + '0a0162', { text: 'b' }],
  ['a message in two parts', '3a030a0161' + '3a03120162', { inner: { text: 'a', list: ['b'] } }],
  ['an entry without value', '8a01030a016b', { byText: new Map([['k', '']]) }],
  ['an entry without key', '8a0103120176', { byText: new Map([['', 'v']]) }],
  ['an entry whose message was not sent', 'e212030a016b', { byKey: new Map([['k', { text: '', list: [] }]]) }],
  ['two entries with one key', '8a01060a016b120131' + '8a01060a016b120132', { byText: new Map([['k', '2']]) }],
  ['unknown fields of every type', '500159000000000000000052016155000000000a0161', { text: 'a' }],
  ['a known field with another type', '0801' + '0a0161', { text: 'a' }],
])('reads %s', (_what, hex, part) => {
  expect(OUTER.decode(Buffer.from(hex, 'hex'))).toMatchObject(part);
});

test.each([
  ['a length beyond the end', '0aff'],
  ['half a number', '18ff'],
  ['a text that reaches beyond its message', '3a020a0561626364'],
  ['an entry that reaches beyond its message', '8a01020a05616263'],
  ['a wire type that does not exist', '0f'],
])('refuses %s', (_what, hex) => {
  expect(() => OUTER.decode(Buffer.from(hex, 'hex'))).toThrow();
});

test('any bytes are read or refused, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      for (const codec of [OUTER, QUERY_DATA_REQUEST]) {
        try {
          codec.decode(noise);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Error);
        }
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
  );
});

test('answers are kept under any refId', () => {
  const refIds = ['A', '__proto__', 'constructor', '', 'ü'];
  const responses = new Map(refIds.map((refId, index) => [refId, { status: 200, frames: [new Uint8Array([index])] }]));
  const read = QUERY_DATA_RESPONSE.decode(QUERY_DATA_RESPONSE.encode({ responses }));
  expect([...read.responses.keys()]).toEqual(refIds);
  expect([...read.responses.values()].map(({ frames }) => frames?.[0]?.[0])).toEqual([0, 1, 2, 3, 4]);
});
