/**
 * The API of vpcflow-digesterd and vpcflow-grapherd, with its statuses, types and bodies: `POST /` and `GET /` for one kind,
 * and `POST /{topic}/{event}`, where a queue brings jobs.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { FlowError } from '../errors';
import { createJob, parseJob, type Job } from './job';
import type { ServiceParts } from './service-parts';
import { describeProduct, openProduct, requestProduct } from './shelf';
import { parseWindow, type ProductKind, type Window } from './window';
import { workJob } from './work-job';

const BINARY = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } as const;
const MESSAGE = {
  'application/json': {
    schema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
  },
} as const;

/** Both times of a window, as query parameters; for the documentation. */
export const WINDOW_QUERY = {
  type: 'object',
  required: ['start', 'stop'],
  properties: {
    start: { type: 'string', format: 'date-time', description: 'RFC 3339, up to nanoseconds; cut to the minute' },
    stop: { type: 'string', format: 'date-time', description: 'RFC 3339, up to nanoseconds; cut to the minute' },
  },
} as const;

/** Adds the routes of one kind. */
export function addClassicRoutes(app: FastifyInstance, kind: ProductKind, parts: ServiceParts): void {
  const shelf = parts.shelves[kind];

  app.post<{ Querystring: WindowQuery }>(
    '/',
    {
      schema: {
        summary: `Has a ${kind} made.`,
        tags: ['classic'],
        querystring: WINDOW_QUERY,
        response: {
          202: { description: `The ${kind} will be made.`, type: 'null' },
          400: { description: 'The window is not one.', content: MESSAGE },
          409: { description: `The ${kind} exists or is in progress.`, content: MESSAGE },
        },
      },
    },
    async (request, reply) => {
      const window = readWindow(request.query);
      const { id } = createJob(kind, window);
      const outcome = await requestProduct(shelf, window);
      parts.metrics.countRequested(kind, outcome);
      request.log.info({ id, outcome }, 'window asked for');
      if (outcome === 'queued') {
        return reply.code(202).send();
      }
      const what = outcome === 'exists' ? 'already exists' : 'is being created';
      return reply.code(409).send({ message: `${kind} ${id} ${what}` });
    },
  );

  app.get<{ Querystring: WindowQuery }>(
    '/',
    {
      schema: {
        summary: kind === 'digest' ? 'The digest, a gzip file of flow-log records.' : 'The graph in DOT.',
        tags: ['classic'],
        querystring: WINDOW_QUERY,
        response: {
          200: { description: `The ${kind}.`, content: BINARY },
          204: { description: `The ${kind} is in progress.`, type: 'null' },
          400: { description: 'The window is not one.', content: MESSAGE },
          404: { description: `There is no such ${kind}.`, type: 'null' },
        },
      },
    },
    async (request, reply) => {
      const { id } = createJob(kind, readWindow(request.query));
      const opened = await openProduct(shelf, id);
      if (opened) {
        // No `Content-Encoding`: clients of the Go service decompress by themselves.
        return reply.type('application/octet-stream').header('content-length', opened.sizeBytes).send(opened.body);
      }
      const { state } = await describeProduct(shelf, id);
      if (state === 'ready') {
        // It was stored between the two looks; the client's next one finds it.
        return reply.code(204).send();
      }
      return reply.code(state === 'queued' || state === 'working' ? 204 : 404).send();
    },
  );
}

/** Adds the route to which a queue brings jobs, of both kinds: the id of a job tells which it is. */
export function addJobRoute(app: FastifyInstance, parts: ServiceParts): void {
  app.post<{ Params: { topic: string; event: string } }>(
    '/:topic/:event',
    {
      schema: {
        summary: 'Works a job that a queue brings: JSON with id, start and stop.',
        tags: ['classic'],
        params: {
          type: 'object',
          properties: { topic: { type: 'string' }, event: { type: 'string' } },
          required: ['topic', 'event'],
        },
        response: {
          204: { description: 'It is stored.', type: 'null' },
          400: { description: 'It is no job.', content: BINARY },
          500: { description: 'It could not be done; bring it again.', content: BINARY },
          503: { description: 'Another worker has it, or the service stops; bring it again.', content: BINARY },
        },
      },
    },
    async (request, reply) => {
      const startMs = parts.clock();
      let job: Job;
      try {
        job = readJob(request.body);
      } catch (thrown) {
        return answerText(reply, 400, FlowError.from(thrown).message);
      }
      const shelf = parts.shelves[job.kind];
      const count = (outcome: Parameters<typeof parts.metrics.countJob>[0]['outcome']): void =>
        parts.metrics.countJob({ job, outcome, durationMs: parts.clock() - startMs });
      try {
        const outcome = await workJob(shelf, job, { make: parts.makers[job.kind], signal: parts.stopWorking });
        count(outcome);
        request.log.info({ id: job.id, kind: job.kind, outcome }, 'job brought');
        return outcome === 'busy'
          ? answerText(reply.header('retry-after', '30'), 503, `${job.kind} ${job.id} is being created`)
          : reply.code(204).send();
      } catch (thrown) {
        const error = FlowError.from(thrown);
        const isStopping = parts.stopWorking.aborted;
        count(isStopping ? 'handed-back' : 'failed');
        request.log.error({ id: job.id, kind: job.kind, code: error.code, error: error.message }, 'job failed');
        return answerText(reply, isStopping ? 503 : 500, error.message);
      }
    },
  );
}

/** Both times as they came. */
export interface WindowQuery {
  readonly start?: unknown;
  readonly stop?: unknown;
}

/** The window of a request; throws `bad-query`. */
export function readWindow({ start, stop }: WindowQuery): Window {
  return parseWindow(start, stop);
}

function readJob(body: unknown): Job {
  try {
    return parseJob('digest', body);
  } catch (thrown) {
    try {
      return parseJob('graph', body);
    } catch {
      throw thrown;
    }
  }
}

function answerText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('application/octet-stream').send(Buffer.from(text));
}
