/** The HTTP server: what every request passes (id, log, limits, token), and the routes behind it. */
import { randomUUID } from 'node:crypto';
import bearerAuth from '@fastify/bearer-auth';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { fastify, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { FlowError, type FlowErrorCode } from '../errors';
import { addClassicRoutes, addJobRoute } from './classic-routes';
import { addHealthRoutes, addOperationRoutes } from './operation-routes';
import { addProductRoutes } from './product-routes';
import type { ServiceParts } from './service-parts';
import type { ServiceSettings } from './settings';
import type { ProductKind } from './window';

export interface ServerOptions {
  /** Which kind is at `/`. */
  readonly kind: ProductKind;
  readonly parts: ServiceParts;
  readonly settings: Pick<ServiceSettings, 'token' | 'tls' | 'maxBodyBytes' | 'rateLimit'>;
  readonly log: FastifyBaseLogger;
  readonly version: string;
}

const STATUS: Partial<Record<FlowErrorCode, number>> = {
  'bad-query': 400,
  'not-found': 404,
  'over-limit': 422,
  'corrupt-object': 422,
};

/** Creates a server; it listens when it is told to. */
export async function createServer({ kind, parts, settings, log, version }: ServerOptions): Promise<FastifyInstance> {
  const { tls, token, maxBodyBytes } = settings;
  const app = fastify({
    loggerInstance: log,
    bodyLimit: maxBodyBytes,
    // The client's own id, if it can stand in a log.
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
    },
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    ...(tls && {
      https: {
        ...{ cert: tls.cert, key: tls.key },
        ...(tls.clientCa !== undefined && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
      },
    }),
  }) as unknown as FastifyInstance;
  // Schemas describe; handlers check, so that what is wrong is said in their words.
  app.setValidatorCompiler(() => () => true);
  app.removeAllContentTypeParsers();
  // Queues send JSON as application/octet-stream, or without saying what it is.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));
  app.setErrorHandler((thrown, request, reply) => answerError(thrown, request, reply));
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ message: 'there is nothing here' }));
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    parts.metrics.countRequest({ route, method: request.method, status: reply.statusCode, ms: reply.elapsedTime });
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.0.3',
      info: {
        title: `VPC flow ${kind}s`,
        version,
        description: 'Digests and graphs of AWS VPC Flow Logs, made on request or on schedule.',
      },
      ...(token !== undefined && {
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        security: [{ token: [] }],
      }),
    },
  });
  if (settings.rateLimit > 0) {
    await app.register(rateLimit, {
      max: settings.rateLimit,
      timeWindow: 60_000,
      errorResponseBuilder: (_, { after }) =>
        Object.assign(new Error(`too many requests, try again in ${after}`), { statusCode: 429 }),
    });
  }
  addHealthRoutes(app, parts);
  await app.register(async (guarded) => {
    if (token !== undefined) {
      await guarded.register(bearerAuth, {
        keys: new Set([token]),
        errorResponse: ({ message }) => ({ message, error: message }),
        addHook: 'onRequest',
      });
    }
    addOperationRoutes(guarded, parts);
    addClassicRoutes(guarded, kind, parts);
    addJobRoute(guarded, parts);
    addProductRoutes(guarded, 'digest', parts);
    addProductRoutes(guarded, 'graph', parts);
  });
  await app.ready();
  return app;
}

function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Fastify's own refusals: a body too large, too many requests.
  const status = (thrown as { readonly statusCode?: number }).statusCode;
  if (status !== undefined && status >= 400 && status < 500) {
    return reply.code(status).send({ message: (thrown as Error).message });
  }
  const error = FlowError.from(thrown);
  const own = STATUS[error.code];
  if (own !== undefined) {
    return reply.code(own).send({ message: error.message });
  }
  // What is wrong inside is for the log; names of buckets and roles are in it.
  request.log.error({ code: error.code, error: error.message, stack: error.stack }, 'request failed');
  return reply.code(500).send({ message: 'Internal Server Error' });
}
