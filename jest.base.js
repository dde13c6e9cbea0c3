/** Shared by both suites: TypeScript through swc; packages that ship ES modules only go through it as well. */
const esmOnly = ['@hpcc-js', 'fzstd', 'hyparquet', 'hyparquet-compressors', 'hyparquet-writer', 'hysnappy'];

module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '\\.m?[tj]sx?$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esmOnly.join('|')})/)`],
  restoreMocks: true,
};
