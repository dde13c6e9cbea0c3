/** A proxy for the `CONNECT` method that leads every tunnel to one local server, whatever host was asked for. */

import * as http from 'node:http';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** `host:port` of each tunnel asked for. */
  readonly destinations: readonly string[];
  readonly headers: readonly http.IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** Starts a proxy; with a `status` other than 200 it refuses, with none it never answers. */
export async function startConnectProxy(targetPort: number, status: number | 'silent' = 200): Promise<ConnectProxy> {
  const destinations: string[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const sockets = new Set<net.Socket>();
  const server = http.createServer();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.on('connect', (request, socket) => {
    destinations.push(request.url ?? '');
    headers.push(request.headers);
    if (status === 'silent') {
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
    sockets.add(upstream);
    upstream.on('error', () => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    destinations,
    headers,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) {
          socket.destroy();
        }
      }),
  };
}
