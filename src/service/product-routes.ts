/** The same under `/v1`: status in JSON, contents in the format that `Accept` asks for. */
import type { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { DEFAULT_FORMAT } from '../flow/fields';
import { FlowError } from '../errors';
import { REFERENCE_KEYS } from '../query/model';
import { chooseType, takesGzip } from './choose-type';
import { readWindow, WINDOW_QUERY, type WindowQuery } from './classic-routes';
import type { ServiceParts } from './service-parts';
import { describeProduct, openProduct, readFacts, readProduct, requestProduct, type ProductStatus } from './shelf';
import { readStoredDigest } from './stored-digest';
import { isWindowId, printTime, windowId, type ProductKind, type Window } from './window';

/** Formats of contents; the first is sent to who has no wish. */
export const CONTENT_TYPES = {
  digest: ['text/plain', 'application/json', 'application/vnd.apache.arrow.file'],
  graph: ['text/vnd.graphviz', 'image/svg+xml'],
} as const;

const STATUS = {
  type: 'object',
  required: ['kind', 'id', 'state', 'links'],
  properties: {
    kind: { type: 'string', enum: ['digest', 'graph'] },
    id: { type: 'string', format: 'uuid' },
    start: { type: 'string', format: 'date-time' },
    stop: { type: 'string', format: 'date-time' },
    state: { type: 'string', enum: ['ready', 'queued', 'working', 'failed', 'unknown'] },
    reason: { type: 'string', description: 'why it failed' },
    made: { type: 'string', format: 'date-time' },
    complete: { type: 'boolean', description: 'false if something of the window could not be read' },
    notices: { type: 'array', items: { type: 'string' } },
    rowCount: { type: 'number', description: 'lines of a digest' },
    records: { type: 'number', description: 'flow-log records in it' },
    packedObjects: { type: 'number', description: 'objects whose own digests are stored for the data source' },
    bytes: { type: 'number', description: 'the bytes of all its flows' },
    links: { type: 'object', properties: { self: { type: 'string' }, content: { type: 'string' } } },
  },
} as const;
const PROBLEM = { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] } as const;
const ID = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } }, required: ['id'] } as const;
const BAD_WINDOW = { description: 'The window is not one.', ...PROBLEM } as const;

/** Adds `/v1/digests` or `/v1/graphs`. */
export function addProductRoutes(app: FastifyInstance, kind: ProductKind, parts: ServiceParts): void {
  const path = `/v1/${kind}s`;
  const shelf = parts.shelves[kind];
  const statusOf = async (
    id: string,
    window: Window | undefined,
  ): Promise<ProductStatus & Readonly<Record<string, unknown>>> => {
    const status = await describeProduct(shelf, id);
    const facts = status.state === 'ready' ? await readFacts(shelf, id) : undefined;
    return {
      ...(window && { start: printTime(window.startMs), stop: printTime(window.stopMs) }),
      ...facts,
      ...{ kind, id },
      ...status,
      links: { self: `${path}/${id}`, ...(status.state === 'ready' && { content: `${path}/${id}/content` }) },
    };
  };

  app.post<{ Querystring: WindowQuery; Body: unknown }>(
    path,
    {
      schema: {
        summary: `Has a ${kind} made; the window is in the query or, as JSON, in the body.`,
        tags: [`${kind}s`],
        querystring: { ...WINDOW_QUERY, required: [] },
        response: {
          200: { description: 'It is there already.', ...STATUS },
          202: { description: 'It will be made, or is being made.', ...STATUS },
          400: BAD_WINDOW,
        },
      },
    },
    async (request, reply) => {
      const window = readWindow({ ...parseBody(request.body), ...request.query });
      const id = windowId(kind, window);
      const outcome = await requestProduct(shelf, window);
      parts.metrics.countRequested(kind, outcome);
      request.log.info({ id, kind, outcome }, 'window asked for');
      return reply
        .code(outcome === 'exists' ? 200 : 202)
        .header('location', `${path}/${id}`)
        .send(await statusOf(id, window));
    },
  );

  app.get<{ Querystring: WindowQuery }>(
    path,
    {
      schema: {
        summary: `Where the ${kind} of a window is.`,
        tags: [`${kind}s`],
        querystring: WINDOW_QUERY,
        response: {
          200: { description: 'Its status.', ...STATUS },
          400: BAD_WINDOW,
          404: { description: 'Nobody has asked for it.', ...STATUS },
        },
      },
    },
    async (request, reply) => {
      const window = readWindow(request.query);
      const status = await statusOf(windowId(kind, window), window);
      return reply.code(status.state === 'unknown' ? 404 : 200).send(status);
    },
  );

  app.get<{ Params: { id: string } }>(
    `${path}/:id`,
    {
      schema: {
        summary: `Where a ${kind} is.`,
        tags: [`${kind}s`],
        params: ID,
        response: {
          200: { description: 'Its status.', ...STATUS },
          400: { description: 'The id is none.', ...PROBLEM },
          404: { description: 'Nobody has asked for it.', ...STATUS },
        },
      },
    },
    async (request, reply) => {
      const status = await statusOf(readId(request.params.id), undefined);
      return reply.code(status.state === 'unknown' ? 404 : 200).send(status);
    },
  );

  app.get<{ Params: { id: string } }>(
    `${path}/:id/content`,
    {
      schema: {
        summary: `A stored ${kind}, in the format that Accept asks for.`,
        tags: [`${kind}s`],
        params: ID,
        response: {
          200: {
            description: `The ${kind}.`,
            content: Object.fromEntries(
              CONTENT_TYPES[kind].map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
            ),
          },
          400: { description: 'The id is none.', ...PROBLEM },
          404: { description: 'It is not there, or not yet.', ...STATUS },
          406: { description: 'It is in no such format.', ...PROBLEM },
          422: { description: 'It is too large to be drawn.', ...PROBLEM },
        },
      },
    },
    async (request, reply) => {
      const id = readId(request.params.id);
      const type = chooseType(request.headers.accept, CONTENT_TYPES[kind]);
      if (type === undefined) {
        return reply.code(406).send({ message: `a ${kind} comes as ${CONTENT_TYPES[kind].join(', ')}` });
      }
      void reply.header('vary', 'accept, accept-encoding');
      const content =
        kind === 'digest' && type === 'text/plain'
          ? await openLines(id, parts, takesGzip(request.headers['accept-encoding']))
          : await convert(kind, id, type, parts);
      if (!content) {
        return reply.code(404).send(await statusOf(id, undefined));
      }
      return reply.headers(content.headers).send(content.body);
    },
  );
}

/** What is sent. A reply itself cannot be handed around: awaiting it waits until it has been sent. */
interface Content {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Readable | Uint8Array;
}

/** The lines of a digest as they are stored, or decompressed for who cannot. */
async function openLines(id: string, { shelves }: ServiceParts, isGzip: boolean): Promise<Content | undefined> {
  const opened = await openProduct(shelves.digest, id);
  if (!opened) {
    return undefined;
  }
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  const { sizeBytes, body } = opened;
  if (isGzip) {
    return { headers: { ...headers, 'content-encoding': 'gzip', 'content-length': sizeBytes }, body };
  }
  const text = body.pipe(createGunzip());
  body.on('error', (error) => text.destroy(error));
  text.on('close', () => body.destroy());
  return { headers, body: text };
}

async function convert(kind: ProductKind, id: string, type: string, parts: ServiceParts): Promise<Content | undefined> {
  const bytes = await readProduct(parts.shelves[kind], id);
  if (!bytes) {
    return undefined;
  }
  switch (type) {
    case 'application/json':
      return {
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: Buffer.from(linesToJson(gunzipSync(bytes).toString())),
      };
    case 'application/vnd.apache.arrow.file':
      return { headers: { 'content-type': type }, body: await arrowFromDigest(bytes, parts) };
    case 'image/svg+xml': {
      const { renderSvg } = await import('../view/svg');
      return { headers: { 'content-type': type }, body: Buffer.from(await renderSvg(bytes.toString())) };
    }
    default:
      return { headers: { 'content-type': `${type}; charset=utf-8` }, body: bytes };
  }
}

async function arrowFromDigest(bytes: Uint8Array, { pool, stopWorking }: ServiceParts): Promise<Buffer> {
  const [{ encodeFrame }, { buildTableFrame }, { buildTable }] = await Promise.all([
    import('../frame/encode-frame'),
    import('../frame/table-frame'),
    import('../view/table'),
  ]);
  const digest = await readStoredDigest(bytes, { pool, signal: stopWorking });
  const top = Math.max(1, digest.rowCount);
  const table = buildTable(digest, { keys: [...REFERENCE_KEYS], measures: ['bytes', 'packets'], top });
  return Buffer.from(encodeFrame({ ...buildTableFrame(table), name: 'digest' }));
}

const NUMBERS: readonly string[] = ['version', 'srcport', 'dstport', 'protocol', 'packets', 'bytes', 'start', 'end'];

/** Lines as JSON: `{"columns":[…],"rows":[[…],…]}`, numbers as numbers and `-` as null. */
function linesToJson(text: string): string {
  const isNumber = DEFAULT_FORMAT.map((name) => NUMBERS.includes(name));
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ').map((cell, i) => (cell === '-' ? null : isNumber[i] ? Number(cell) : cell)));
  return JSON.stringify({ columns: DEFAULT_FORMAT, rows });
}

function readId(id: string): string {
  const lower = id.toLowerCase();
  if (!isWindowId(lower)) {
    throw new FlowError('bad-query', 'cannot use this id: it is no UUID');
  }
  return lower;
}

/** The members of a JSON body; none if there is no body. */
function parseBody(body: unknown): WindowQuery {
  if (typeof body !== 'string' || body.trim() === '') {
    return {};
  }
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) {
      return value;
    }
  } catch {
    // Told below.
  }
  throw new FlowError('bad-query', 'cannot read the body: it is not a JSON object');
}
