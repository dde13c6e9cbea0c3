/** `npm run test:e2e`: the plugin in a browser, in a real Grafana. What it needs stands in `tests/e2e/environment.ts`. */
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { RESULTS, readEnvironment } from './tests/e2e/environment';

const { grafanaUrl, authorization } = readEnvironment();
const SYSTEM_CHROMIUM = '/usr/bin/chromium';
const executablePath =
  process.env['PLAYWRIGHT_CHROMIUM'] ?? (existsSync(SYSTEM_CHROMIUM) ? SYSTEM_CHROMIUM : undefined);

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '*.spec.ts',
  globalSetup: './tests/e2e/global-setup.ts',
  outputDir: `${RESULTS}/failures`,
  reporter: [['list']],
  // One Grafana, one set of dashboards, one browser's storage of query history.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env['CI']),
  use: {
    baseURL: grafanaUrl,
    actionTimeout: 20_000,
    extraHTTPHeaders: { Authorization: authorization },
    browserName: 'chromium',
    launchOptions: { executablePath, args: ['--no-sandbox'] },
    viewport: { width: 1600, height: 1000 },
    locale: 'en-US',
    timezoneId: 'UTC',
    permissions: ['clipboard-read', 'clipboard-write'],
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
