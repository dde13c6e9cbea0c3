/** Routes for whoever runs the service: liveness, readiness, metrics and the description of the API. */
import type { FastifyInstance } from 'fastify';
import { FlowError } from '../errors';
import type { ServiceParts } from './service-parts';

/** A check of all parts is good for this long: anyone may ask, and each asks S3. */
const CHECKED_MS = 5_000;
const CHECK_TIMEOUT_MS = 10_000;

interface Readiness {
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** Adds `/healthz` and `/readyz`, which need no token: they tell nothing but how the service is. */
export function addHealthRoutes(app: FastifyInstance, parts: ServiceParts): void {
  const STATE = { type: 'object', properties: { status: { type: 'string' } } } as const;
  const READINESS = {
    type: 'object',
    properties: {
      status: { type: 'string' },
      checks: { type: 'object', additionalProperties: { type: 'string' } },
    },
  } as const;
  let checked: { readonly timeMs: number; readonly readiness: Promise<Readiness> } | undefined;

  app.get(
    '/healthz',
    {
      config: { rateLimit: false },
      logLevel: 'warn',
      schema: {
        summary: 'Whether the process is alive.',
        tags: ['operation'],
        response: { 200: { description: 'It is.', ...STATE } },
      },
    },
    () => ({ status: 'ok' }),
  );
  app.get(
    '/readyz',
    {
      config: { rateLimit: false },
      logLevel: 'warn',
      schema: {
        summary: 'Whether storage, progress and queues can be used.',
        tags: ['operation'],
        response: {
          200: { description: 'They can.', ...READINESS },
          503: { description: 'Something cannot, or the service stops.', ...READINESS },
        },
      },
    },
    async (_, reply) => {
      if (parts.isStopping()) {
        return reply.code(503).send({ status: 'stopping', checks: {} });
      }
      if (!checked || parts.clock() - checked.timeMs > CHECKED_MS) {
        checked = { timeMs: parts.clock(), readiness: checkParts(parts) };
      }
      const { isReady, checks } = await checked.readiness;
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'unavailable', checks });
    },
  );
}

/** Adds `/metrics` and `/openapi.json`. */
export function addOperationRoutes(app: FastifyInstance, { metrics }: ServiceParts): void {
  app.get(
    '/metrics',
    {
      logLevel: 'warn',
      schema: {
        summary: 'Metrics for Prometheus.',
        tags: ['operation'],
        response: { 200: { description: 'They are.', content: { 'text/plain': { schema: { type: 'string' } } } } },
      },
    },
    async (_, reply) => reply.type(metrics.contentType).send(Buffer.from(await metrics.print())),
  );
  app.get('/openapi.json', { schema: { hide: true } }, (_, reply) =>
    reply.type('application/json; charset=utf-8').send(Buffer.from(JSON.stringify(app.swagger()))),
  );
}

/** Looks whether every part of the service can be used. */
export async function checkParts({ shelves }: Pick<ServiceParts, 'shelves'>): Promise<Readiness> {
  const checks: Record<string, string> = {};
  let isReady = true;
  const check = async (name: string, part: { check(): Promise<void> }): Promise<void> => {
    try {
      await withTimeout(part.check());
      checks[name] = 'ok';
    } catch (thrown) {
      isReady = false;
      checks[name] = FlowError.from(thrown).message;
    }
  };
  await Promise.all(
    Object.values(shelves).flatMap(({ kind, storage, progress, queue }) => [
      check(`${kind} storage`, storage),
      check(`${kind} progress`, progress),
      check(`${kind} queue`, queue),
    ]),
  );
  return { isReady, checks };
}

async function withTimeout(checking: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      checking,
      new Promise<void>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer in ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
