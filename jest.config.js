/** `npm test`: everything that needs no server; the executable and the frontend must have been built. */
const base = require('./jest.base');
const frontend = '<rootDir>/tests/unit/frontend/';

/** What of Grafana's packages is only there as ES modules. */
const esmOnly = [
  ...[
    '@grafana',
    '@marcbachmann/cel-js',
    '@wojtekmaj/date-utils',
    'd3',
    'd3-.*',
    'get-user-locale',
    'internmap',
    'delaunator',
  ],
  ...['marked', 'memoize', 'mimic-function', 'ol', 'react-calendar', 'robust-predicates', 'uuid'],
];

module.exports = {
  testTimeout: 30_000,
  // The default leaves one core idle, which of two is half of the time.
  maxWorkers: '100%',
  projects: [
    {
      ...base,
      displayName: 'node',
      testMatch: ['<rootDir>/tests/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.services\\.test\\.ts$', frontend, '<rootDir>/tests/e2e/'],
    },
    {
      ...base,
      displayName: 'frontend',
      testEnvironment: 'jsdom',
      testMatch: [`${frontend}**/*.test.{ts,tsx}`],
      setupFiles: [`${frontend}setup/browser.ts`],
      setupFilesAfterEnv: [`${frontend}setup/matchers.ts`],
      moduleNameMapper: { '\\.(css|scss|svg|png)$': 'identity-obj-proxy' },
      transform: {
        '\\.m?[tj]sx?$': [
          '@swc/jest',
          {
            jsc: {
              parser: { syntax: 'typescript', tsx: true },
              transform: { react: { runtime: 'automatic' } },
              target: 'es2022',
            },
          },
        ],
      },
      transformIgnorePatterns: [`/node_modules/(?!.*/node_modules/)(?!(?:${esmOnly.join('|')})/)`],
    },
  ],
};
