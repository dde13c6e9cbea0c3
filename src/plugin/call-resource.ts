/**
 * `CallResource`: what editors, wikis and reports ask for by URL, below `/api/datasources/uid/<uid>/resources/`. Finds the
 * resource, reads the parameters, sends its answer or the error as JSON; what each resource answers is in `resources/`.
 */
import { FlowError } from '../errors';
import { findNearestName, suggestionText } from '../query/nearest-name';
import { describeBytes } from '../view/describe-size';
import type { AnswerBuilder } from './answer-builder';
import { assertAuthAllowed, readAuthRules, type RulesInput } from './auth-rules';
import type { DataSource } from './data-source';
import { errorStatusOf } from './error-status';
import { describeForwarding } from './forwarding';
import type { ResourceCall } from './handlers';
import { errorFields } from './log';
import type { CallResourceRequest } from './messages';
import { ACCOUNTS, REGIONS } from './resources/accounts-and-regions';
import { DISCOVER } from './resources/discover';
import { createEstimateResource } from './resources/estimate';
import { FIELDS_RESOURCE } from './resources/fields';
import { FLOW_LOGS } from './resources/flow-logs';
import { GRAPHS } from './resources/graph';
import { HEALTH } from './resources/health';
import { IAM_POLICY } from './resources/iam-policy';
import { readParameters } from './resources/parameters';
import type { Resource, ResourceAnswer } from './resources/resource';
import { SOURCES } from './resources/sources';
import { STORED_DIGESTS } from './resources/stored-digests';
import { VALUES } from './resources/values';

export interface ResourceHandlerOptions {
  readonly answers: AnswerBuilder;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** How long an estimate may list. */
  readonly estimateTimeoutMs?: number;
  /** The longest body of an answer. */
  readonly maxBodyBytes?: number;
  /** The variables of the process. */
  readonly environment?: RulesInput['environment'];
}

/** Answers a resource call of an opened data source. */
export type ResourceHandler = (
  dataSource: DataSource,
  request: CallResourceRequest,
  call: ResourceCall,
) => Promise<void>;

/** A long answer leaves in pieces of this size. */
const PIECE_BYTES = 2 ** 20;
/** An answer is held in memory several times, by Grafana too. */
const MAX_BODY_BYTES = 32 * 2 ** 20;

/**
 * Creates the handler. It answers every request, errors as `{message, code}` with the status of `error-status.ts`; it
 * rejects only with `aborted`, when nobody waits any more.
 */
export function createResourceHandler({
  answers,
  now = Date.now,
  estimateTimeoutMs,
  maxBodyBytes = MAX_BODY_BYTES,
  environment = {},
}: ResourceHandlerOptions): ResourceHandler {
  const resources: readonly Resource[] = [
    SOURCES,
    ACCOUNTS,
    REGIONS,
    FLOW_LOGS,
    FIELDS_RESOURCE,
    VALUES,
    createEstimateResource({ timeoutMs: estimateTimeoutMs }),
    ...GRAPHS,
    HEALTH,
    STORED_DIGESTS,
    IAM_POLICY,
    DISCOVER,
  ];
  return async (dataSource, request, call) => {
    let reply: Reply;
    try {
      reply = await answerRequest(resources, dataSource, request, {
        signal: call.signal,
        nowMs: Math.floor(now()),
        maxBodyBytes,
        environment,
        answers,
      });
    } catch (thrown) {
      const error = FlowError.from(thrown);
      if (call.signal.aborted) {
        throw error;
      }
      if (error.code === 'internal') {
        call.log.error('resource failed', { path: request.path, ...errorFields(thrown) });
      }
      reply = errorReply(errorStatusOf(error.code).httpStatus, error);
    }
    await sendReply(reply, request.method === 'HEAD', call);
  };
}

interface Reply {
  readonly code: number;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
}

async function answerRequest(
  resources: readonly Resource[],
  dataSource: DataSource,
  { path, method, url, body, pluginContext }: CallResourceRequest,
  {
    signal,
    nowMs,
    maxBodyBytes,
    environment,
    answers,
  }: {
    readonly signal: AbortSignal;
    readonly nowMs: number;
    readonly maxBodyBytes: number;
    readonly environment: RulesInput['environment'];
    readonly answers: AnswerBuilder;
  },
): Promise<Reply> {
  const name = path.replace(/^\/+|\/+$/g, '');
  const resource = resources.find((candidate) => candidate.path === name);
  if (resource === undefined) {
    const paths = resources.map((candidate) => candidate.path);
    throw new FlowError(
      'not-found',
      `cannot find the resource ${JSON.stringify(name.slice(0, 100))}: there are ${paths.join(', ')}` +
        suggestionText(findNearestName(name, paths)),
    );
  }
  const allowed = ['GET', 'HEAD', ...(resource.takesBody ? ['POST'] : [])];
  if (!allowed.includes(method)) {
    const error = new FlowError('bad-query', `cannot ${method.slice(0, 20)} ${name}: use ${allowed.join(' or ')}`);
    return errorReply(405, error, [['Allow', [allowed.join(', ')]]]);
  }
  const parameters = readParameters({ url, body: method === 'POST' ? body : undefined }, resource.parameters);
  const grafanaConfig = Object.fromEntries(pluginContext?.grafanaConfig ?? []);
  const answer = await resource.answer({
    dataSource,
    parameters,
    user: pluginContext?.user,
    forwarding: () => describeForwarding({ grafanaConfig, environment }),
    assertAuthAllowed: (s3) => assertAuthAllowed([s3], readAuthRules({ grafanaConfig, environment })),
    answers,
    signal,
    nowMs,
  });
  const bodyBytes = Buffer.byteLength(answer.body);
  if (bodyBytes > maxBodyBytes) {
    throw new FlowError(
      'over-limit',
      `cannot send ${name}: the answer has ${describeBytes(bodyBytes)}, and at most ${describeBytes(maxBodyBytes)} are sent; ask for less (top, filter, time range)`,
      { fields: { limit: maxBodyBytes, found: bodyBytes } },
    );
  }
  return { code: 200, headers: headersOf(answer), body: Buffer.from(answer.body) };
}

function headersOf({ contentType, fileName, maxAgeSec }: ResourceAnswer): Reply['headers'] {
  return new Map([
    ['Content-Type', [contentType]],
    // The answer is for whoever may query the data source, not for a cache between us and many users.
    ['Cache-Control', [maxAgeSec === undefined ? 'no-store' : `private, max-age=${maxAgeSec}`]],
    ['X-Content-Type-Options', ['nosniff']],
    ...(fileName === undefined ? [] : [['Content-Disposition', [`inline; filename="${fileName}"`]] as const]),
  ]);
}

function errorReply(
  code: number,
  { message, code: errorCode }: FlowError,
  headers: readonly (readonly [string, readonly string[]])[] = [],
): Reply {
  return {
    code,
    headers: new Map([['Content-Type', ['application/json']], ['Cache-Control', ['no-store']], ...headers]),
    body: Buffer.from(JSON.stringify({ message, code: errorCode })),
  };
}

async function sendReply({ code, headers, body }: Reply, isHead: boolean, { send }: ResourceCall): Promise<void> {
  await send({ code, headers, body: isHead ? new Uint8Array() : body.subarray(0, PIECE_BYTES) });
  for (let start = PIECE_BYTES; start < body.length && !isHead; start += PIECE_BYTES) {
    await send({ body: body.subarray(start, start + PIECE_BYTES) });
  }
}
