/**
 * Moto (PyPI `moto[server]`): stand-ins for S3, STS and other AWS services in one process. Taken from PATH or from `.venv`
 * in the repository; installed there if it is nowhere.
 */

import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const MOTO_VERSION = '5.2.5';
const VENV = resolve(__dirname, '../../.venv');
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
  const command = findMoto() ?? installMoto();
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

function findMoto(): string | undefined {
  return ['moto_server', join(VENV, 'bin/moto_server')].find((command) => {
    try {
      execFileSync(command, ['--help'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

function hasPip(python: string): boolean {
  return existsSync(python) && spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0;
}

function installMoto(): string {
  process.stderr.write(`installing moto ${MOTO_VERSION} in ${VENV}\n`);
  const python = join(VENV, 'bin/python');
  // One without pip is left where the system lacked the package for it.
  if (!hasPip(python)) {
    execFileSync('python3', ['-m', 'venv', '--clear', VENV], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `moto[server]==${MOTO_VERSION}`];
  execFileSync(python, install, { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(VENV, 'bin/moto_server');
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
