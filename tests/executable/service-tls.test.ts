/** TLS of the built executable, whose runtime has its own: who is let in, and who is not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createCertificate } from '../helpers/certificate';
import { runExecutable, startExecutable, type RunningProcess } from '../helpers/executable';

let root: string;
let service: RunningProcess | undefined;
const [server, client, stranger] = [['127.0.0.1'], ['client'], ['stranger']].map(createCertificate) as [
  ReturnType<typeof createCertificate>,
  ReturnType<typeof createCertificate>,
  ReturnType<typeof createCertificate>,
];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-tls-'));
  mkdirSync(join(root, 'logs'));
  writeFileSync(join(root, 'cert.pem'), server.cert);
  writeFileSync(join(root, 'key.pem'), server.key);
  writeFileSync(join(root, 'clients.pem'), client.cert);
  writeFileSync(join(root, 'token'), 'sesame\n');
});
afterEach(async () => {
  service?.child.kill('SIGKILL');
  await service?.ended;
  service = undefined;
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const args = (...more: string[]): string[] => [
  ...['serve', join(root, 'logs'), '--port', '0', '--data-dir', join(root, 'data'), '--workers', '0'],
  ...['--tls-cert-file', join(root, 'cert.pem'), '--tls-key-file', join(root, 'key.pem'), ...more],
];

async function start(...more: string[]): Promise<string> {
  service = startExecutable(args(...more));
  const lines = createInterface({ input: service.child.stdout });
  for await (const line of lines) {
    const { digest } = JSON.parse(line) as { readonly digest?: string };
    if (digest !== undefined) {
      // The reader has stopped the stream; it goes on for whoever waits for its end.
      service.child.stdout.resume();
      return digest;
    }
  }
  const { stdout, stderr } = await service.ended;
  throw new Error(`the service ended:\n${stdout}${stderr}`);
}

/** The status, or the code of the error that there was instead. */
function ask(url: string, options: RequestOptions = {}): Promise<number | string> {
  return new Promise((resolve) => {
    request(new URL('/metrics', url), { ca: server.cert, agent: false, ...options }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode!));
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

test('with a certificate it speaks TLS, and asks for the token as it does without', async () => {
  const url = await start('--token-file', join(root, 'token'));
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await ask(url)).toBe(401);
  expect(await ask(url, { headers: { authorization: 'Bearer sesame' } })).toBe(200);
  expect(await ask(url, { ca: stranger.cert })).toMatch(/CERT|SIGNED/);
});

test('with an authority for clients nobody gets in without its certificate', async () => {
  const url = await start('--tls-client-ca-file', join(root, 'clients.pem'));
  expect(await ask(url, { cert: client.cert, key: client.key })).toBe(200);
  expect(await ask(url)).not.toBe(200);
  expect(typeof (await ask(url))).toBe('string');
  expect(typeof (await ask(url, { cert: stranger.cert, key: stranger.key }))).toBe('string');
  expect(await ask(url, { cert: client.cert, key: client.key })).toBe(200);
});

test('beyond loopback it wants a token or client certificates, and says which variable', async () => {
  const { exitCode, stderr } = await runExecutable(args('--host', '0.0.0.0'));
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('VPCFLOW_TOKEN is missing: 0.0.0.0 can be reached by others');
  const checked = await runExecutable(args('--host', '0.0.0.0', '--token-file', join(root, 'token'), '--check'));
  expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
});
