/** `npm run test:services`: against real server processes, which the suite installs and starts itself. */
module.exports = {
  ...require('./jest.base'),
  testMatch: ['<rootDir>/tests/**/*.services.test.ts'],
  globalSetup: '<rootDir>/tests/helpers/start-servers.ts',
  globalTeardown: '<rootDir>/tests/helpers/stop-servers.ts',
  testTimeout: 60_000,
};
