// A plain parallel download: `download.mjs URLS CONCURRENCY`. Gets every URL of a file whole over connections that are kept,
// and throws away what it gets: under Node by `node:http`, under Bun by its own client. Prints objects and bytes as JSON.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { argv, versions } from 'node:process';

const concurrency = Number(argv[3]);
const agent = new Agent({ keepAlive: true, maxSockets: concurrency });

// The bytes of a body.
const getByNode = (url) =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => (bytes += chunk.length));
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 ? resolve(bytes) : reject(failure(response.statusCode, url)),
      );
    }).on('error', reject);
  });
const getByBun = async (url) => {
  const response = await globalThis.fetch(url);
  if (response.status !== 200) {
    throw failure(response.status, url);
  }
  return (await response.arrayBuffer()).byteLength;
};
const failure = (status, url) => new Error(`status ${status} of ${url}`);

const getBytes = versions.bun === undefined ? getByNode : getByBun;
const urls = readFileSync(argv[2], 'utf8').trimEnd().split('\n');
let next = 0;
let storedBytes = 0;
await Promise.all(
  Array.from({ length: concurrency }, async () => {
    while (next < urls.length) {
      const bytes = await getBytes(urls[next++]);
      storedBytes += bytes;
    }
  }),
);
agent.destroy();
console.log(JSON.stringify({ objects: urls.length, storedBytes }));
