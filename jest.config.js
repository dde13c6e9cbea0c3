/** `npm test`: everything that needs no server; the executable must have been built. */
module.exports = {
  ...require('./jest.base'),
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  testPathIgnorePatterns: ['\\.services\\.test\\.ts$'],
};
