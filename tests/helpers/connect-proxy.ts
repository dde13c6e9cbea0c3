/** A proxy for the `CONNECT` method that leads every tunnel to one local server, whatever host was asked for. */

import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** `host:port` of each tunnel asked for. */
  readonly destinations: readonly string[];
  readonly headers: readonly http.IncomingHttpHeaders[];
  /** Resolves when no connection from a client is open (any more). */
  whenUnconnected(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** With one other than 200 it refuses, with `silent` it never answers. */
  readonly status?: number | 'silent';
  /** To be spoken to in TLS itself. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a proxy on a free port of the loopback interface. */
export async function startConnectProxy(
  targetPort: number,
  { status = 200, tls }: ConnectProxyOptions = {},
): Promise<ConnectProxy> {
  const destinations: string[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const clients = new Set<net.Socket>();
  const upstreams = new Set<net.Socket>();
  const server = tls ? https.createServer(tls) : http.createServer();
  server.on(tls ? 'secureConnection' : 'connection', (socket: net.Socket) => {
    clients.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => clients.delete(socket));
  });
  server.on('connect', (request, socket: net.Socket) => {
    destinations.push(request.url ?? '');
    headers.push(request.headers);
    if (status === 'silent') {
      // Only who reads notices that the other side has gone.
      socket.resume().once('end', () => socket.destroy());
      return;
    }
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = net.connect(targetPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstreams.add(upstream);
    upstream.on('error', () => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    destinations,
    headers,
    whenUnconnected: async () => {
      for (const socket of clients) {
        await new Promise((done) => socket.once('close', done));
      }
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of [...clients, ...upstreams]) {
          socket.destroy();
        }
      }),
  };
}
