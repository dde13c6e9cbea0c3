/** Moto (PyPI `moto[server]`): stand-ins for S3, STS and other AWS services in one process. */

import { spawn, type ChildProcess } from 'node:child_process';
import { requireTool } from './python-tool';

const MOTO = { command: 'moto_server', requirement: 'moto[server]==5.2.5' };
const START_TIMEOUT_MS = 60_000;

/** A running server. */
export interface MotoServer {
  readonly url: string;
  /** Ends the process and waits for that. */
  stop(): Promise<void>;
}

export interface MotoOptions {
  /** More variables for its process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a server on a free port of the loopback interface and waits until it answers. */
export async function startMoto({ environment = {} }: MotoOptions = {}): Promise<MotoServer> {
  const command = requireTool(MOTO);
  const server = spawn(command, ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  });
  try {
    const url = await announcedUrl(server);
    const answer = await fetch(`${url}/moto-api/`);
    if (!answer.ok) {
      throw new Error(`${command} answers ${answer.status}`);
    }
    return { url, stop: () => stopProcess(server) };
  } catch (thrown) {
    await stopProcess(server);
    throw thrown;
  }
}

/** With port 0 the system chooses one that is free, and the server says which. */
function announcedUrl(server: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let log = '';
    const timer = setTimeout(
      () => fail(new Error(`moto did not start in ${START_TIMEOUT_MS} ms:\n${log}`)),
      START_TIMEOUT_MS,
    );
    const onLog = (chunk: Buffer) => {
      log += chunk.toString();
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (url !== undefined) {
        clearTimeout(timer);
        server.stderr?.off('data', onLog);
        // It logs every request; a full pipe would stop it.
        server.stderr?.resume();
        done(url);
      }
    };
    server.stderr?.on('data', onLog);
    server.once('error', fail);
    server.once('exit', (code) => fail(new Error(`moto ended with ${code}:\n${log}`)));
  });
}

function stopProcess(server: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) {
      done();
      return;
    }
    server.once('exit', () => done());
    server.kill();
  });
}
