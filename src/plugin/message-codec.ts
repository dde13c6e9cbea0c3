/**
 * Messages of protocol buffers as plain objects: `createMessageCodec` takes which field has which number and type, and
 * gives an encoder and a decoder. The bytes themselves are read and written by protobufjs; its own messages are not used,
 * because they keep maps in plain objects (where a key `__proto__` is lost) and 64 bits in objects of their own.
 *
 * The rules are those of proto3: what was not sent has its empty value, empty values are not sent, unknown fields are
 * skipped, a message sent in parts is put together.
 */
import { Reader, Writer } from 'protobufjs/minimal';

/** How one field's value is read and written. */
export interface FieldCodec<T> {
  readonly wireType: number;
  /** The value of a field that was not sent. */
  createEmpty(): T;
  /** The value after this occurrence of the field; `previous` may be changed and returned. */
  read(reader: Reader, previous: T): T;
  /** Writes the field with its number, unless it is empty. */
  write(writer: Writer, fieldNumber: number, value: T): void;
}

/** A field that can be an item of a list too, where it is written even if it is empty. */
export interface ItemCodec<T> extends FieldCodec<T> {
  /** Writes the value alone, without a number. */
  writeItem(writer: Writer, value: T): void;
}

/** A message's encoder and decoder; also the type of a field that holds such a message. */
export interface MessageCodec<T> extends ItemCodec<T> {
  encode(message: T): Buffer;
  /** Throws on bytes that are no such message. The result's byte fields are views on `bytes`. */
  decode(bytes: Uint8Array): T;
}

/** The fields of a message: name → number on the wire and type. */
export type MessageFields<T> = {
  readonly [Name in keyof Required<T>]: readonly [fieldNumber: number, codec: FieldCodec<T[Name]>];
};

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A codec for messages with these fields. */
export function createMessageCodec<T extends object>(messageFields: MessageFields<T>): MessageCodec<T> {
  const fields = Object.entries<readonly [number, FieldCodec<unknown>]>(messageFields).map(
    ([name, [fieldNumber, codec]]) => ({ name, fieldNumber, codec }),
  );
  const fieldByTag = new Map(fields.map((field) => [(field.fieldNumber << 3) | field.codec.wireType, field]));

  const createEmpty = (): T => {
    const message: Record<string, unknown> = {};
    for (const { name, codec } of fields) {
      message[name] = codec.createEmpty();
    }
    return message as T;
  };
  const readUntil = (reader: Reader, end: number, into: T): T => {
    const message = into as Record<string, unknown>;
    while (reader.pos < end) {
      const tag = reader.uint32();
      const field = fieldByTag.get(tag);
      if (field) {
        message[field.name] = field.codec.read(reader, message[field.name]);
      } else {
        reader.skipType(tag & 7);
      }
    }
    if (reader.pos !== end) {
      throw new RangeError('cannot read a message: a field reaches beyond its end');
    }
    return into;
  };
  const writeFields = (writer: Writer, message: T): void => {
    for (const { name, fieldNumber, codec } of fields) {
      const value = (message as Record<string, unknown>)[name];
      if (value !== undefined) {
        codec.write(writer, fieldNumber, value);
      }
    }
  };
  const writeItem = (writer: Writer, message: T): void => {
    writeFields(writer.fork(), message);
    writer.ldelim();
  };
  return {
    wireType: LENGTH_DELIMITED,
    createEmpty,
    read: (reader, previous) => {
      const lengthBytes = reader.uint32();
      return readUntil(reader, reader.pos + lengthBytes, previous);
    },
    write: (writer, fieldNumber, message) => writeItem(writeTag(writer, fieldNumber, LENGTH_DELIMITED), message),
    writeItem,
    decode: (bytes) => {
      const reader = Reader.create(bytes);
      return readUntil(reader, reader.len, createEmpty());
    },
    encode: (message) => {
      const writer = Writer.create();
      writeFields(writer, message);
      const bytes = writer.finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
  };
}

/** `string`: UTF-8. */
export const STRING = createScalar<string>(LENGTH_DELIMITED, '', {
  read: (reader) => reader.string(),
  write: (writer, value) => writer.string(value),
});

/** `bytes`. */
export const BYTES = createScalar<Uint8Array>(LENGTH_DELIMITED, new Uint8Array(0), {
  isEmpty: (value) => value.length === 0,
  read: (reader) => reader.bytes(),
  write: (writer, value) => writer.bytes(value),
});

/** `bool`. */
export const BOOL = createScalar<boolean>(VARINT, false, {
  read: (reader) => reader.bool(),
  write: (writer, value) => writer.bool(value),
});

/** `int32`. */
export const INT32 = createScalar<number>(VARINT, 0, {
  read: (reader) => reader.int32(),
  write: (writer, value) => writer.int32(value),
});

/** `int64` as a number; beyond 2^53 it is the nearest one. */
export const INT64 = createScalar<number>(VARINT, 0, {
  read: (reader) => Number(reader.int64()),
  write: (writer, value) => writer.int64(value),
});

/** `enum`, by names: the first is 0. A number without a name reads as the first. */
export function enumOf<Name extends string>(names: readonly [Name, ...Name[]]): FieldCodec<Name> {
  return createScalar<Name>(VARINT, names[0], {
    read: (reader) => names[reader.int32()] ?? names[0],
    write: (writer, value) => writer.int32(names.indexOf(value)),
  });
}

/** A message that may be missing. */
export function optional<T>(codec: MessageCodec<T>): FieldCodec<T | undefined> {
  return {
    wireType: LENGTH_DELIMITED,
    createEmpty: () => undefined,
    read: (reader, previous) => codec.read(reader, previous ?? codec.createEmpty()),
    write: (writer, fieldNumber, value) => {
      if (value !== undefined) {
        codec.write(writer, fieldNumber, value);
      }
    },
  };
}

/** `repeated`: every occurrence on the wire is one item. Not for numbers, which may come packed. */
export function listOf<T>(item: ItemCodec<T>): FieldCodec<readonly T[]> {
  return {
    wireType: item.wireType,
    createEmpty: () => [],
    read: (reader, previous) => {
      // Made by `createEmpty` above, so it may grow.
      (previous as T[]).push(item.read(reader, item.createEmpty()));
      return previous;
    },
    write: (writer, fieldNumber, values) => {
      for (const value of values) {
        item.writeItem(writeTag(writer, fieldNumber, item.wireType), value);
      }
    },
  };
}

/** `map<string, …>`: on the wire a list of entries, key = 1 and value = 2. Of two entries with one key, the last counts. */
export function mapOf<T>(value: FieldCodec<T>): FieldCodec<ReadonlyMap<string, T>> {
  const entry = createMessageCodec<{ key: string; value: T }>({ key: [1, STRING], value: [2, value] });
  return {
    wireType: LENGTH_DELIMITED,
    createEmpty: () => new Map(),
    read: (reader, previous) => {
      const { key, value: read } = entry.read(reader, entry.createEmpty());
      // Made by `createEmpty` above, so it may grow.
      (previous as Map<string, T>).set(key, read);
      return previous;
    },
    write: (writer, fieldNumber, map) => {
      for (const [key, mapped] of map) {
        entry.write(writer, fieldNumber, { key, value: mapped });
      }
    },
  };
}

function createScalar<T>(
  wireType: number,
  empty: T,
  {
    isEmpty = (value) => value === empty,
    read,
    write,
  }: {
    readonly isEmpty?: (value: T) => boolean;
    readonly read: (reader: Reader) => T;
    readonly write: (writer: Writer, value: T) => unknown;
  },
): ItemCodec<T> {
  return {
    wireType,
    createEmpty: () => empty,
    read,
    write: (writer, fieldNumber, value) => {
      if (!isEmpty(value)) {
        write(writeTag(writer, fieldNumber, wireType), value);
      }
    },
    writeItem: (writer, value) => void write(writer, value),
  };
}

function writeTag(writer: Writer, fieldNumber: number, wireType: number): Writer {
  return writer.uint32((fieldNumber << 3) | wireType);
}
