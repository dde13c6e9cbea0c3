/**
 * A plain parallel download of a bucket, by Bun's own S3 client (native requests and signatures, connections kept): lists it,
 * gets every object whole, and throws it away. `download.ts URL BUCKET CONCURRENCY`; credentials as the AWS SDKs have them.
 * Prints how many objects and bytes it got, as JSON.
 */
import { argv } from 'node:process';

/** As much of Bun's client as is used here. */
interface S3Client {
  list(options: { readonly maxKeys: number; readonly continuationToken?: string }): Promise<{
    readonly contents?: readonly { readonly key: string }[];
    readonly nextContinuationToken?: string;
  }>;
  file(key: string): { arrayBuffer(): Promise<ArrayBuffer> };
}

const { S3Client } = (
  globalThis as unknown as {
    Bun: { S3Client: new (options: Readonly<Record<'endpoint' | 'bucket' | 'region', string>>) => S3Client };
  }
).Bun;
const [endpoint = '', bucket = '', concurrency = ''] = argv.slice(2);
const client = new S3Client({ endpoint, bucket, region: 'us-east-1' });

const keys: string[] = [];
let continuationToken: string | undefined;
do {
  const page = await client.list({ maxKeys: 1000, ...(continuationToken !== undefined && { continuationToken }) });
  keys.push(...(page.contents ?? []).map(({ key }) => key));
  continuationToken = page.nextContinuationToken;
} while (continuationToken !== undefined);

let next = 0;
let storedBytes = 0;
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (next < keys.length) {
      const body = await client.file(keys[next++]!).arrayBuffer();
      storedBytes += body.byteLength;
    }
  }),
);
console.log(JSON.stringify({ objects: keys.length, storedBytes }));
