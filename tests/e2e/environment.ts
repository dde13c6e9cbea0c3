/** What the tests are told from outside, and where they leave things. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The checkout. */
export const ROOT = resolve(__dirname, '../..');
/** What a run leaves behind: screenshots, traces of failures. */
export const RESULTS = join(ROOT, 'test-results');
/** What the set-up tells the tests. */
export const ESTATE_FILE = join(RESULTS, 'estate.json');

export interface Environment {
  /** Ends without a slash. */
  readonly grafanaUrl: string;
  /** A folder below `local_root` of Grafana's plugin, as both Grafana and the tests see it. */
  readonly logsFolder: string;
  /** Of an administrator, for every request: nobody has to sign in, and query history needs a user. */
  readonly authorization: string;
}

/** Throws if something is missing, and says what it is for: a run that skipped would look like one that passed. */
export function readEnvironment({ env } = process): Environment {
  const { GRAFANA_URL: url, E2E_LOGS: logs } = env;
  if (!url) {
    throw new Error('cannot run the tests: GRAFANA_URL is not set, as in GRAFANA_URL=http://localhost:3000');
  }
  if (!logs) {
    throw new Error(
      'cannot run the tests: E2E_LOGS is not set. It names a folder where logs can be made up, at or below the ' +
        "plugin's local_root in Grafana's configuration",
    );
  }
  if (!existsSync(logs) || !statSync(logs).isDirectory()) {
    throw new Error(`cannot run the tests: E2E_LOGS is ${logs}, which is no folder`);
  }
  const user = `${env['GRAFANA_ADMIN_USER'] || 'admin'}:${env['GRAFANA_ADMIN_PASSWORD'] || 'admin'}`;
  return {
    grafanaUrl: url.replace(/\/+$/, ''),
    logsFolder: resolve(logs),
    authorization: `Basic ${Buffer.from(user).toString('base64')}`,
  };
}
