/** Jest's `globalTeardown` for the services suite. */

import type {} from './start-servers';

async function stopServers(): Promise<void> {
  await globalThis.motoServer?.stop();
}

// Jest asks for a default export.
export { stopServers as default };
