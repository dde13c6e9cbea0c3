/**
 * HTTP agents whose connections go through a proxy (`CONNECT`), pooled and kept alive as those of Node are. Our own and
 * not `https-proxy-agent`, because there a private authority given to the agent reaches the proxy and not the
 * destination, in Node and Bun alike.
 */

import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as tls from 'node:tls';

/** One agent for each scheme of destination. */
export interface AgentPair {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

export interface TunnelAgentsOptions {
  /** `http(s)://[user:password@]host[:port]`. */
  readonly proxyUrl: string;
  /** For both agents: pooling, and the TLS settings (`ca`, `rejectUnauthorized`) for proxy and destination. */
  readonly agentOptions: https.AgentOptions;
  /** How long the proxy may take to open a tunnel. */
  readonly timeoutMs: number;
}

/** What an agent calls to get a new connection; either it is returned, or `done` is called with it. */
interface ConnectOptions extends tls.ConnectionOptions {
  readonly host: string;
  readonly port: number;
}
type Done = (error: Error | null, socket?: net.Socket) => void;

/** Creates the agents; nothing is connected yet. A proxy that refuses fails the request with the code `EPROXY`. */
export function createTunnelAgents({ proxyUrl, agentOptions, timeoutMs }: TunnelAgentsOptions): AgentPair {
  const proxy = new URL(proxyUrl);
  const open = (host: string, port: number) => openTunnel({ proxy, host, port, agentOptions, timeoutMs });

  const httpAgent = new http.Agent(agentOptions);
  const httpsAgent = new https.Agent(agentOptions);
  Object.assign(httpAgent, {
    createConnection({ host, port }: ConnectOptions, done: Done) {
      open(host, port).then((socket) => done(null, socket), done);
    },
  });
  Object.assign(httpsAgent, {
    createConnection(options: ConnectOptions, done: Done) {
      const { host, port, servername = net.isIP(host) ? undefined : host } = options;
      open(host, port).then((socket) => done(null, tls.connect({ ...options, servername, socket })), done);
    },
  });
  return { httpAgent, httpsAgent };
}

interface Tunnel {
  readonly proxy: URL;
  readonly host: string;
  readonly port: number;
  readonly agentOptions: https.AgentOptions;
  readonly timeoutMs: number;
}

function openTunnel({ proxy, host, port, agentOptions, timeoutMs }: Tunnel): Promise<net.Socket> {
  const destination = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  const isSecure = proxy.protocol === 'https:';
  const { ca, rejectUnauthorized } = agentOptions;
  const options: https.RequestOptions = {
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (isSecure ? 443 : 80),
    method: 'CONNECT',
    path: destination,
    headers: { host: destination, ...authorization(proxy) },
    agent: false,
    timeout: timeoutMs,
    ca,
    rejectUnauthorized,
  };
  return new Promise((resolve, reject) => {
    const request = isSecure ? https.request(options) : http.request(options);
    request.once('connect', (response, socket, head) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        reject(proxyError(`the proxy ${proxy.host} answers ${response.statusCode} for ${destination}`));
        return;
      }
      socket.setTimeout(0);
      if (head.length > 0) {
        socket.unshift(head);
      }
      resolve(socket);
    });
    request.once('timeout', () => request.destroy(proxyError(`the proxy ${proxy.host} does not answer`)));
    request.once('error', reject);
    request.end();
  });
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') {
    return {};
  }
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function proxyError(message: string): Error {
  return Object.assign(new Error(message), { code: 'EPROXY' });
}
