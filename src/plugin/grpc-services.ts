/**
 * Grafana's services on a gRPC server: from a call to its handler and back. Here a cancelled call becomes an aborted signal,
 * a thrown error an answer, and every call a line in the log and a count. What is asked is left to the handlers.
 */
import type { handleServerStreamingCall, handleUnaryCall, Server, ServerWritableStream } from '@grpc/grpc-js';
import { Metadata, status } from '@grpc/grpc-js';
import { abortError, FlowError } from '../errors';
import { errorStatusOf } from './error-status';
import { toGrpcError } from './grpc-error';
import type { PluginCall, PluginHandlers, ResourceCall } from './handlers';
import { errorFields } from './log';
import type { Log } from './log';
import type {
  CallResourceRequest,
  CallResourceResponse,
  DataResponse,
  PluginContext,
  QueryDataRequest,
} from './messages';
import type { QueryDataResponse } from './messages';
import type { Metrics } from './metrics';
import { SERVICES } from './pluginv2';
import type { HealthRequest, HealthResponse } from './pluginv2';

/** What the services need. */
export interface ServicesContext {
  readonly handlers: PluginHandlers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /** Aborted when the plugin ends; so are then the signals of all calls. Its reason is their error. */
  readonly closing: AbortSignal;
  /** Grafana wants the process to end. Called when that has been answered. */
  readonly onShutdown: () => void;
}

/** Registers all services that Grafana uses. */
export function addServices(server: Server, context: ServicesContext): void {
  const { handlers } = context;
  server.addService(SERVICES.data, {
    queryData: serveUnary('queryData', context, async (request: QueryDataRequest, call) =>
      completeResponses(request, await handlers.queryData(request, call)),
    ),
  });
  server.addService(SERVICES.resource, { callResource: serveResource(context) });
  server.addService(SERVICES.diagnostics, {
    checkHealth: serveUnary('checkHealth', context, handlers.checkHealth.bind(handlers), (error) => ({
      status: 'error',
      message: error.message,
    })),
    collectMetrics: serveUnary('collectMetrics', context, handlers.collectMetrics.bind(handlers)),
  });
  server.addService(SERVICES.controller, {
    shutdown: ((_call, callback) => {
      callback(null, {});
      context.onShutdown();
    }) satisfies handleUnaryCall<object, object>,
  });
  server.addService(SERVICES.health, { check: serveHealthCheck(context), watch: serveHealthWatch(context) });
}

type AnyCall = Pick<ServerWritableStream<unknown, unknown>, 'cancelled' | 'metadata'> & NodeJS.EventEmitter;
interface Asked {
  readonly pluginContext?: PluginContext;
}

/** A call with one answer. `answerError` may turn what a handler has thrown into an answer. */
function serveUnary<Request extends Asked, Response>(
  endpoint: string,
  context: ServicesContext,
  handle: (request: Request, call: PluginCall) => Promise<Response>,
  answerError?: (error: FlowError) => Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const { pluginCall, end } = beginCall(endpoint, call, call.request, context);
    void settle(() => handle(call.request, pluginCall)).then((settled) => {
      if (!settled.error) {
        // Where every query of a call answers for itself, its end is no error.
        end(pluginCall.signal.aborted ? status[status.CANCELLED] : 'ok');
        callback(null, settled.value);
        return;
      }
      const error = endError(settled.error, pluginCall);
      if (answerError && !pluginCall.signal.aborted) {
        end('error', error);
        callback(null, answerError(error));
      } else {
        const failure = toGrpcError(error);
        end(status[failure.code], error);
        callback(failure);
      }
    });
  };
}

/** A call whose handler sends as many messages as it likes. */
function serveResource(context: ServicesContext): handleServerStreamingCall<CallResourceRequest, CallResourceResponse> {
  return (stream) => {
    const { pluginCall, end } = beginCall('callResource', stream, stream.request, context);
    let sentCode: number | undefined;
    const send: ResourceCall['send'] = async (response) => {
      if (sentCode === undefined) {
        assertHttpStatus(response.code);
        sentCode = response.code;
      }
      await writeMessage(stream, response, pluginCall.signal);
    };
    const answer = async (): Promise<void> => {
      await context.handlers.callResource(stream.request, { ...pluginCall, send });
      if (sentCode === undefined) {
        throw new FlowError('internal', `cannot answer ${stream.request.path}: its handler sent nothing`);
      }
    };
    void settle(answer).then(async (settled) => {
      const error = settled.error && endError(settled.error, pluginCall);
      if (error && (sentCode !== undefined || pluginCall.signal.aborted)) {
        const failure = toGrpcError(error);
        end(status[failure.code], error);
        stream.emit('error', failure);
        return;
      }
      if (error) {
        await settle(() => send(toErrorResponse(error)));
      }
      end(String(sentCode), error);
      stream.end();
    });
  };
}

function beginCall(
  endpoint: string,
  call: AnyCall,
  { pluginContext }: Asked,
  { closing, log, metrics, clock }: ServicesContext,
): { pluginCall: PluginCall; end: (outcome: string, error?: FlowError) => void } {
  const startMs = clock();
  const controller = new AbortController();
  const onClosing = (): void => controller.abort(closing.reason);
  const onCancelled = (): void =>
    controller.abort(new FlowError('aborted', 'cannot answer the call: Grafana has given it up'));
  call.once('cancelled', onCancelled);
  closing.addEventListener('abort', onClosing, { once: true });
  if (closing.aborted) {
    onClosing();
  } else if (call.cancelled) {
    onCancelled();
  }
  const readMetadata = (name: string): string | undefined => call.metadata.get(name)[0]?.toString();
  const settings = pluginContext?.dataSourceInstanceSettings;
  const callLog = log.with({
    endpoint,
    dsName: settings?.name,
    dsUID: settings?.uid,
    traceID: readMetadata('traceparent')?.split('-')[1],
  });
  const end = (outcome: string, error?: FlowError): void => {
    closing.removeEventListener('abort', onClosing);
    const durationMs = clock() - startMs;
    metrics.countCall({ endpoint, outcome, durationMs });
    const level =
      error === undefined || error.code === 'aborted' ? 'debug' : error.code === 'internal' ? 'error' : 'warn';
    const fields = { outcome, durationMs: Math.round(durationMs * 10) / 10 };
    callLog[level]('call ended', error ? { ...fields, ...errorFields(error) } : fields);
  };
  return { pluginCall: { signal: controller.signal, log: callLog, readMetadata }, end };
}

type Settled<T> = { readonly value: T; readonly error?: undefined } | { readonly error: FlowError };

/** Runs it; what it throws, now or later, is a value. */
async function settle<T>(run: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await run() };
  } catch (thrown) {
    return { error: FlowError.from(thrown) };
  }
}

/** An error after the signal was aborted is a consequence of that, whatever it says. */
function endError(error: FlowError, { signal }: PluginCall): FlowError {
  return signal.aborted ? abortError(signal) : error;
}

/** A query without a response would look like no data. */
function completeResponses({ queries }: QueryDataRequest, { responses }: QueryDataResponse): QueryDataResponse {
  const missing = queries.filter(({ refId }) => !responses.has(refId));
  const response: DataResponse = { status: 500, error: 'The query was not answered.', errorSource: 'plugin' };
  return missing.length === 0
    ? { responses }
    : { responses: new Map([...responses, ...missing.map(({ refId }) => [refId, response] as const)]) };
}

/** Grafana's HTTP server ends the request hard on any other number. */
function assertHttpStatus(code: number | undefined): void {
  if (code === undefined || !Number.isInteger(code) || code < 200 || code > 599) {
    throw new FlowError('internal', `cannot send a response: ${code} is no HTTP status to end with`);
  }
}

/** Resolves when the message is on its way. */
function writeMessage<Response>(
  stream: ServerWritableStream<unknown, Response>,
  message: Response,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortError(signal));
    if (signal.aborted) {
      onAbort();
      return;
    }
    // The callback of a write to a stream that was reset may never come.
    signal.addEventListener('abort', onAbort, { once: true });
    stream.write(message, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}

function toErrorResponse(error: FlowError): CallResourceResponse {
  const { httpStatus, errorSource } = errorStatusOf(error.code);
  return {
    code: httpStatus,
    headers: new Map([['Content-Type', ['application/json']]]),
    body: Buffer.from(JSON.stringify({ message: error.message, errorSource })),
  };
}

/** The name under which go-plugin asks for the plugin's health; no name means the process. */
const HEALTH_NAMES = ['', 'plugin'];

function serveHealthCheck({ closing }: ServicesContext): handleUnaryCall<HealthRequest, HealthResponse> {
  return ({ request }, callback) => {
    if (HEALTH_NAMES.includes(request.service)) {
      callback(null, { status: closing.aborted ? 'not-serving' : 'serving' });
    } else {
      callback({ code: status.NOT_FOUND, details: 'there is no such service', metadata: new Metadata() });
    }
  };
}

function serveHealthWatch({ closing }: ServicesContext): handleServerStreamingCall<HealthRequest, HealthResponse> {
  return (stream) => {
    if (!HEALTH_NAMES.includes(stream.request.service)) {
      // As gRPC's health protocol wants it: the service may yet come.
      stream.write({ status: 'service-unknown' });
    } else {
      stream.write({ status: closing.aborted ? 'not-serving' : 'serving' });
    }
    const onClosing = (): void => {
      stream.write({ status: 'not-serving' });
      stream.end();
    };
    closing.addEventListener('abort', onClosing, { once: true });
    stream.once('cancelled', () => closing.removeEventListener('abort', onClosing));
  };
}
