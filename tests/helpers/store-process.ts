/**
 * Run by Bun: reads S3 for a test that runs in Node, as the built executable would. A line of standard input is a
 * `StoreCall`, one of standard output a `StoreReply`.
 */

import { createInterface } from 'node:readline';

import type { ObjectStore } from '../../src/store/store';
import { openStore, readFrom, type StoreCall, type StoreReply } from './store-calls';

const stores = new Map<number, ObjectStore>();

for await (const line of createInterface({ input: process.stdin })) {
  answer(JSON.parse(line) as StoreCall).then(
    (reply) => process.stdout.write(`${JSON.stringify(reply)}\n`),
    (thrown: unknown) => {
      process.stderr.write(`${String(thrown)}\n`);
      process.exit(1);
    },
  );
}
stores.forEach((store) => store.close());

async function answer(call: StoreCall): Promise<StoreReply> {
  if ('open' in call) {
    stores.set(call.store, openStore(call.open));
    return { id: call.id };
  }
  return { id: call.id, outcome: await readFrom(stores.get(call.store)!, call.read) };
}
