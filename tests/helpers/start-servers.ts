/** Jest's `globalSetup` for the services suite: starts what the tests talk to and says where it is. */

import { startMoto, type MotoServer } from './moto-server';

declare global {
  /** Set by `globalSetup`, which runs in the same process as `globalTeardown` but shares no modules with it. */
  var motoServer: MotoServer | undefined;
}

async function startServers(): Promise<void> {
  globalThis.motoServer = await startMoto();
  // Environment variables are how Jest's workers learn what the setup found.
  process.env['VPCFLOW_TEST_MOTO_URL'] = globalThis.motoServer.url;
}

// Jest asks for a default export.
export { startServers as default };
