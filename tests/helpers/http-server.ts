/**
 * A local HTTP(S) server for what a real service cannot be made to do: answer an error, break off, stay silent. It records
 * what it was asked.
 */

import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it came. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export type Responder = (request: RecordedRequest, response: http.ServerResponse) => void | Promise<void>;

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** In the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** Connections so far. */
  connectionCount(): number;
  /** Resolves when no connection is open (any more). */
  whenUnconnected(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback interface; with `tls` for https. */
export async function startHttpServer(
  respond: Responder,
  tls?: { readonly key: string; readonly cert: string },
): Promise<HttpServer> {
  const requests: RecordedRequest[] = [];
  let connections = 0;
  const onRequest = async (incoming: http.IncomingMessage, response: http.ServerResponse) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk as Uint8Array);
    }
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
    requests.push(request);
    await respond(request, response);
  };
  const listener = (incoming: http.IncomingMessage, response: http.ServerResponse) => {
    onRequest(incoming, response).catch(() => response.destroy());
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  const open = new Set<Socket>();
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    connectionCount: () => connections,
    whenUnconnected: async () => {
      for (const socket of open) {
        await new Promise((done) => socket.once('close', done));
      }
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Passes requests on to another server, and its answers back. */
export function forwardTo(target: string): Responder {
  return ({ method, url, headers: asked, body }, response) =>
    new Promise((done, fail) => {
      const outgoing = http.request(`${target}${url}`, { method, headers: asked }, (answer) => {
        // Whether a connection is kept is between neighbours.
        const headers = { ...answer.headers };
        delete headers.connection;
        response.writeHead(answer.statusCode ?? 502, headers);
        answer.pipe(response).once('finish', done).once('error', fail);
      });
      outgoing.once('error', fail);
      outgoing.end(body);
    });
}

/** An error as S3 writes it. */
export function answerError(
  response: http.ServerResponse,
  status: number,
  code: string,
  {
    message = `message of ${code}`,
    more = '',
    headers = {},
  }: { message?: string; more?: string; headers?: object } = {},
): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>REQ1</RequestId></Error>`,
  );
}

/** A page of a listing as S3 writes it. */
export function answerListing(
  response: http.ServerResponse,
  { contents = '', next, encoding = '' }: { contents?: string; next?: string; encoding?: string } = {},
): void {
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix></Prefix>` +
      `${encoding}<MaxKeys>1000</MaxKeys><IsTruncated>${next !== undefined}</IsTruncated>` +
      `${next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}${contents}</ListBucketResult>`,
  );
}
