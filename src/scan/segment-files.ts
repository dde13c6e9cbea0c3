/**
 * The files of a folder of digests: what is in them, whoever wrote them, and one of this process that grows. Nobody else
 * writes to that one, so processes need not agree on anything. What fails here throws: `digest-folder.ts` makes do.
 */
import { mkdir, readdir, stat, unlink, type FileHandle, type open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowError } from '../errors';
import {
  isSegmentName,
  newSegmentName,
  SEGMENT_HEAD_BYTES,
  segmentHead,
  walkRecords,
  type KeyedRecord,
  type ReadFile,
} from './digest-segment';
import { ifThere } from './file-guard';
import { createRecordTable } from './record-table';

export interface SegmentFilesOptions {
  /** Made if it is not there. */
  readonly folder: string;
  /** Of all files together, whoever wrote them; about. */
  readonly maxBytes: number;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly open: typeof openFile;
}

export interface SegmentFiles {
  /** Looks what is in the folder, newest first. */
  refresh(): Promise<void>;
  /** Where the record of a key is, as far as is known. */
  find(
    hash: Buffer,
  ): { readonly path: string; readonly name: string; readonly at: number; readonly bytes: number } | undefined;
  /** Forgets the record of a key. */
  drop(hash: Buffer): void;
  /** Deletes the oldest files while there is too much. Not beside `append`. */
  trim(): Promise<void>;
  /** Stores records, deleting the oldest files where there is no room. One call at a time. */
  append(records: readonly KeyedRecord[]): Promise<void>;
  /** What comes next goes to a new file. */
  endSegment(): void;
  /** Ends the segment for good. */
  close(): void;
  /** No record may be longer. */
  readonly maxRecordBytes: number;
  /** Records of this version, and bytes of all files. */
  counts(): { readonly entries: number; readonly bytes: number };
}

const MAX_SEGMENT_BYTES = 64 * 2 ** 20;
/** Of the folder's bytes: what is deleted is deleted by whole files. */
const SEGMENT_SHARE = 1 / 8;
/** Processes that start often leave many small files. */
const MAX_SEGMENTS = 500;

interface Segment {
  readonly id: number;
  readonly name: string;
  /** Of another version, or not ours at all. */
  readonly isForeign: boolean;
  /** As large as it was when last seen. */
  sizeBytes: number;
  /** Where the first record begins that is not known. */
  end: number;
}

/** Creates it; the folder is not looked at before it is asked to. */
export function createSegmentFiles({ folder, maxBytes, version, clock, open }: SegmentFilesOptions): SegmentFiles {
  const head = segmentHead(version);
  const segmentBytes = Math.min(MAX_SEGMENT_BYTES, Math.floor(maxBytes * SEGMENT_SHARE));
  const table = createRecordTable();
  const segments = new Map<string, Segment>();
  const byId = new Map<number, Segment>();
  let own: { readonly segment: Segment; readonly file: FileHandle } | undefined;
  let appending: Promise<void> = Promise.resolve();
  let nextId = 0;
  let isClosed = false;

  const totalBytes = (): number => [...segments.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

  const add = (name: string, isForeign: boolean): Segment => {
    const segment = { id: nextId++, name, isForeign, sizeBytes: SEGMENT_HEAD_BYTES, end: SEGMENT_HEAD_BYTES };
    segments.set(name, segment);
    byId.set(segment.id, segment);
    return segment;
  };

  /** Of several records of a key that of the newest file counts: the others may be damaged. */
  const note = (hash: Buffer, segment: Segment, place: { readonly at: number; readonly bytes: number }): void => {
    const known = table.get(hash);
    if (known === undefined || (byId.get(known.segment)?.name ?? '') <= segment.name) {
      table.set(hash, { segment: segment.id, ...place });
    }
  };

  /** Adds what a file has that is not known yet. */
  const look = async (name: string): Promise<void> => {
    const path = join(folder, name);
    const known = segments.get(name);
    const sizeBytes = await ifThere(stat(path).then(({ size }) => size));
    // One with less than a head has just been begun.
    if (sizeBytes === undefined || sizeBytes < SEGMENT_HEAD_BYTES || sizeBytes === known?.sizeBytes) {
      return;
    }
    if (known?.isForeign) {
      known.sizeBytes = sizeBytes;
      return;
    }
    const file = await ifThere(open(path, 'r'));
    if (!file) {
      return;
    }
    try {
      const read: ReadFile = async (into, bytes, at) => (await file.read(into, 0, bytes, at)).bytesRead;
      const start = Buffer.alloc(SEGMENT_HEAD_BYTES);
      await read(start, start.length, 0);
      const segment = known ?? add(name, !start.equals(head));
      segment.sizeBytes = sizeBytes;
      if (!segment.isForeign) {
        segment.end = await walkRecords(read, { from: segment.end, sizeBytes }, ({ hash, at, bytes }) =>
          note(hash, segment, { at, bytes }),
        );
      }
    } finally {
      await file.close();
    }
  };

  const forget = (names: readonly string[]): void => {
    const gone = names.flatMap((name) => segments.get(name) ?? []);
    for (const { id, name } of gone) {
      segments.delete(name);
      byId.delete(id);
    }
    if (gone.length > 0) {
      table.dropSegments(new Set(gone.map(({ id }) => id)));
    }
    if (own && names.includes(own.segment.name)) {
      endSegment();
    }
  };

  const endSegment = (): void => {
    const file = own?.file;
    own = undefined;
    // What is being written goes on.
    const close = (): Promise<void> | undefined => file?.close();
    void appending.then(close, close).catch(() => undefined);
  };

  /** Deletes the oldest files until there is room for so many bytes and files more. */
  const makeRoom = async (bytes: number, files: number): Promise<void> => {
    const isFull = (): boolean => totalBytes() + bytes > maxBytes || segments.size + files > MAX_SEGMENTS;
    for (const name of isFull() ? [...segments.keys()].sort() : []) {
      if (isFull()) {
        await ifThere(unlink(join(folder, name)));
        forget([name]);
      }
    }
  };

  const beginSegment = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = newSegmentName(clock());
    const file = await open(join(folder, name), 'wx', 0o600);
    if (isClosed) {
      await file.close();
      throw new FlowError('aborted', `cannot write ${name}: its folder has been closed`);
    }
    const segment = add(name, false);
    own = { segment, file };
    await file.write(head, 0, head.length, 0);
    return own;
  };

  const append = async (records: readonly KeyedRecord[]): Promise<void> => {
    const bytes = Buffer.concat(records.map(({ record }) => record));
    if (own && own.segment.end + bytes.length > segmentBytes) {
      endSegment();
    }
    await makeRoom(bytes.length, own ? 0 : 1);
    const { segment, file } = own ?? (await beginSegment());
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done, segment.end + done)).bytesWritten;
    }
    for (const { hash, record } of records) {
      if (byId.has(segment.id)) {
        table.set(hash, { segment: segment.id, at: segment.end, bytes: record.length });
      }
      segment.end += record.length;
      segment.sizeBytes = segment.end;
    }
  };

  return {
    maxRecordBytes: segmentBytes - SEGMENT_HEAD_BYTES,
    async refresh() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const names = (await readdir(folder)).filter(isSegmentName).sort().reverse();
      forget([...segments.keys()].filter((name) => !names.includes(name)));
      for (const name of names) {
        if (name !== own?.segment.name) {
          await look(name);
        }
      }
    },
    find(hash) {
      const place = table.get(hash);
      const segment = place && byId.get(place.segment);
      return segment && { path: join(folder, segment.name), name: segment.name, at: place.at, bytes: place.bytes };
    },
    drop: table.delete,
    append: (records) => (appending = append(records)),
    endSegment,
    close() {
      isClosed = true;
      endSegment();
    },
    trim: () => makeRoom(0, 0),
    counts: () => ({ entries: table.size(), bytes: totalBytes() }),
  };
}
