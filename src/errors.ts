/**
 * The one error type of this project. Every boundary (a store, a worker, an RPC, the command) turns whatever was thrown
 * into a `FlowError`, and callers decide on its `code`, never on its text.
 */

/** What went wrong, as a caller may act on it. */
export type FlowErrorCode =
  | 'bad-query'
  | 'bad-settings'
  | 'access-denied'
  | 'not-found'
  | 'throttled'
  | 'unavailable'
  | 'corrupt-object'
  | 'over-limit'
  | 'aborted'
  | 'internal';

/** Facts beside the message: the key, the value, the limit… Plain data, so that it survives `postMessage` and JSON. */
export type FlowErrorFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A `FlowError` as plain data. Errors lose their class and fields in `postMessage`; this form does not. */
export interface FlowErrorData {
  readonly code: FlowErrorCode;
  readonly message: string;
  readonly fields: FlowErrorFields;
}

/** An error with a stable `code` and fields; its message reads `cannot <do> <what>: <why>`. */
export class FlowError extends Error {
  readonly code: FlowErrorCode;
  readonly fields: FlowErrorFields;

  constructor(code: FlowErrorCode, message: string, options: { fields?: FlowErrorFields; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FlowError';
    this.code = code;
    this.fields = options.fields ?? {};
  }

  /** Any thrown value as a `FlowError`: itself, an abort as `aborted`, else `fallback` with the original as cause. */
  static from(thrown: unknown, fallback: FlowErrorCode = 'internal'): FlowError {
    if (thrown instanceof FlowError) {
      return thrown;
    }
    if (thrown instanceof Error) {
      const code = thrown.name === 'AbortError' ? 'aborted' : fallback;
      return new FlowError(code, thrown.message, { cause: thrown });
    }
    return new FlowError(fallback, String(thrown), { cause: thrown });
  }

  /** The inverse of `toData`, on the other side of a thread or a wire. */
  static fromData({ code, message, fields }: FlowErrorData): FlowError {
    return new FlowError(code, message, { fields });
  }

  toData(): FlowErrorData {
    return { code: this.code, message: this.message, fields: this.fields };
  }
}

/** Throws the `aborted` error of a signal that has been aborted (the signal's own reason if that is a `FlowError`). */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw abortError(signal);
  }
}

/** The error that stands for an aborted signal. */
export function abortError(signal: AbortSignal): FlowError {
  return signal.reason instanceof FlowError
    ? signal.reason
    : new FlowError('aborted', 'cannot go on: the request was cancelled', { cause: signal.reason });
}

/**
 * What is waited for, or a rejection with `aborted` as soon as the signal aborts: some of what is waited for takes no signal,
 * and some is waited for by others too. It goes on by itself.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortError(signal));
    if (signal.aborted) {
      onAbort();
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
