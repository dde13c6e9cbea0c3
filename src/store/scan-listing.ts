/**
 * The objects of a page of a listing, taken out of its XML ahead of the SDK: for a thousand keys its parser takes some
 * thirty milliseconds of CPU time, which is more than all else that a refresh needs. What is left goes to the SDK, with
 * everything that decides whether the listing is one and where it goes on; and so does a page with anything unusual in it.
 */

import { Readable } from 'node:stream';

import type { ListObjectsV2Command, _Object } from '@aws-sdk/client-s3';

/** What the SDK's answer would say of an object. */
export type ListedContent = Pick<_Object, 'Key' | 'Size' | 'ETag' | 'LastModified' | 'StorageClass'>;

/** A page whose objects have been taken out. */
export interface ScannedListing {
  readonly contents: readonly ListedContent[];
  /** The XML without them. */
  readonly rest: string;
}

/** Takes the objects out of a page; `undefined` unless each is written in the plain way in which S3 writes them. */
export function scanListing(xml: string): ScannedListing | undefined {
  const first = xml.indexOf(OPEN);
  const end = xml.lastIndexOf(CLOSE) + CLOSE.length;
  if (first < 0 || end < first) {
    return undefined;
  }
  const contents: ListedContent[] = [];
  // One after the other, with nothing in between: so it is no comment, and no text that looks like it.
  for (let at = first; at < end;) {
    const close = xml.indexOf(CLOSE, at);
    const content = xml.startsWith(OPEN, at) ? parseContent(xml.slice(at + OPEN.length, close)) : undefined;
    if (content === undefined) {
      return undefined;
    }
    contents.push(content);
    at = close + CLOSE.length;
  }
  return { contents, rest: xml.slice(0, first) + xml.slice(end) };
}

/** Lets the SDK read the answer to a command without its objects; the function gives them once the answer is there. */
export function takeContents(command: ListObjectsV2Command): () => readonly ListedContent[] | undefined {
  let contents: readonly ListedContent[] | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { readonly statusCode: number; body: unknown };
      contents = undefined;
      if (response.statusCode === 200) {
        const chunks: Buffer[] = [];
        for await (const chunk of response.body as AsyncIterable<Buffer>) {
          chunks.push(chunk);
        }
        const xml = Buffer.concat(chunks);
        const scanned = scanListing(xml.toString('utf8'));
        contents = scanned?.contents;
        response.body = Readable.from([scanned ? Buffer.from(scanned.rest) : xml]);
      }
      return result;
    },
    // Next to the network: before the SDK's own reading of the answer.
    { step: 'deserialize', priority: 'low', name: 'takeContents' },
  );
  return () => contents;
}

const OPEN = '<Contents>';
const CLOSE = '</Contents>';
/** An element with text; the owner is not asked for, but some servers tell. */
const CHILD = /<(?:(\w+)>([^<]*)<\/\1|Owner>(?:<(\w+)>[^<]*<\/\3>)*<\/Owner|Owner\/)>/gy;
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#34;': '"',
  '&#39;': "'",
};

function parseContent(xml: string): ListedContent | undefined {
  const texts: Record<string, string | undefined> = {};
  let end = 0;
  for (const match of xml.matchAll(CHILD)) {
    const [element, name, text = ''] = match;
    end += element.length;
    if (name !== undefined) {
      texts[name] = text;
    }
  }
  const { Key, Size = '', ETag = '', LastModified = '', StorageClass } = texts;
  const modifiedMs = Date.parse(LastModified);
  const key = Key && decodeEntities(Key);
  const etag = decodeEntities(ETag);
  // What is in the archive may have been restored, which is told in an element of its own.
  const isArchived = StorageClass === 'GLACIER' || StorageClass === 'DEEP_ARCHIVE';
  if (end < xml.length || !key || etag === undefined || !/^\d+$/.test(Size) || Number.isNaN(modifiedMs) || isArchived) {
    return undefined;
  }
  return {
    Key: key,
    Size: Number(Size),
    ETag: etag,
    LastModified: new Date(modifiedMs),
    ...(StorageClass && { StorageClass: StorageClass as ListedContent['StorageClass'] }),
  };
}

/** `undefined` if there is an entity that is not in the table. */
function decodeEntities(text: string): string | undefined {
  if (!text.includes('&')) {
    return text;
  }
  let isKnown = true;
  const decoded = text.replace(/&[^;]*;?/g, (entity) => {
    const character = ENTITIES[entity];
    isKnown &&= character !== undefined;
    return character ?? entity;
  });
  return isKnown ? decoded : undefined;
}
