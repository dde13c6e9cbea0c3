/** versitygw: a real S3 server over folders, on a port of the loopback interface; it keeps connections, as S3 does. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo, connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Fixed, so that times can be compared from one day to another. */
const VERSION = 'v1.8.0';
const START_TIMEOUT_MS = 10_000;

/** Where the gateway is, or why there is none. */
export type FoundGateway = { readonly path: string; readonly version: string } | { readonly absent: string };

/** A running gateway. */
export interface Gateway {
  readonly url: string;
  /** The variables that the AWS SDKs read. */
  readonly credentials: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  /** A folder for as long as it runs. */
  readonly folder: string;
  /** A URL that gets an object without more, for an hour. */
  sign(bucket: string, key: string): string;
  stop(): Promise<void>;
}

/** As much of Bun's S3 client as is used here. */
type S3ClientOptions = Readonly<Record<'endpoint' | 'bucket' | 'region' | 'accessKeyId' | 'secretAccessKey', string>>;
interface S3Client {
  presign(key: string, options: { readonly expiresIn: number }): string;
}

/** Takes the given program, else the one in `out`, which is built there by Go the first time (a minute or more). */
export function findGateway(out: string, given?: string): FoundGateway {
  if (given !== undefined) {
    return { path: given, version: 'of unknown version' };
  }
  const folder = join(out, `versitygw-${VERSION}`);
  const path = join(folder, 'versitygw');
  if (existsSync(path)) {
    return { path, version: VERSION };
  }
  if (spawnSync('go', ['version']).status !== 0) {
    return { absent: 'versitygw is not there, and neither is Go, which would build it (or --versitygw <path>)' };
  }
  console.log(`Building versitygw ${VERSION} …`);
  mkdirSync(folder, { recursive: true });
  const built = spawnSync('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, GOBIN: folder },
    // Not in the project's folder, whose `go.work` or flags are not the gateway's.
    cwd: tmpdir(),
  });
  return built.status === 0 ? { path, version: VERSION } : { absent: `versitygw ${VERSION} could not be built` };
}

/** Starts a gateway whose buckets are those folders, by their names. */
export async function startGateway(path: string, buckets: Readonly<Record<string, string>>): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), 'vpcflow-bench-s3-'));
  const root = join(folder, 'buckets');
  mkdirSync(root);
  for (const [name, target] of Object.entries(buckets)) {
    symlinkSync(target, join(root, name));
  }
  const port = await findPort();
  const credentials = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench-secret' };
  const server = spawn(
    path,
    [
      ...['--access', credentials.AWS_ACCESS_KEY_ID, '--secret', credentials.AWS_SECRET_ACCESS_KEY],
      ...['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', '--bucketlinks', '--nometa'],
      // The files were not put by it, so it knows no checksum of theirs; they do not change.
      ...['--default-etag', 'unchanged', root],
    ],
    { stdio: 'ignore' },
  );
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill();
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitForPort(port, server);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  const url = `http://127.0.0.1:${port}`;
  const sign = (bucket: string, key: string): string => {
    const { S3Client } = (globalThis as unknown as { Bun: { S3Client: new (options: S3ClientOptions) => S3Client } })
      .Bun;
    const client = new S3Client({
      ...{ endpoint: url, bucket, region: 'us-east-1' },
      ...{ accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY },
    });
    return client.presign(key, { expiresIn: 3600 });
  };
  return { url, credentials, folder, sign, stop };
}

async function findPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function waitForPort(port: number, server: ChildProcess): Promise<void> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) {
      return;
    }
    if (server.exitCode !== null || performance.now() > deadlineMs) {
      throw new Error(
        `cannot start versitygw on port ${port}: it ${server.exitCode === null ? 'does not answer' : 'ended'}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
