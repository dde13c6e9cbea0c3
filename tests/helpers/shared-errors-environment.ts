/**
 * Jest's Node environment, but with the `Error` of Node itself. Jest gives each test file a realm of its own, in which no
 * error of a socket is `instanceof Error`; the AWS SDK asks exactly that, and wraps what fails it into an error without
 * code. For test files with a docblock `@jest-environment ./tests/helpers/shared-errors-environment.ts`.
 */

import { TestEnvironment } from 'jest-environment-node';

class SharedErrorsEnvironment extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    this.global.Error = Error;
  }
}

// Jest asks for a default export.
export { SharedErrorsEnvironment as default };
