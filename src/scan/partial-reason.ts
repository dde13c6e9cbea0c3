/** Which errors end a scan early with an answer instead of failing it. */
import type { FlowError } from '../errors';
import type { Limits } from '../query/model';

/** Why an answer covers less than was asked. */
export interface PartialReason {
  readonly limit: keyof Limits;
  readonly message: string;
}

/** The reason of a partial answer, if the error is a limit that asks for one. */
export function partialReason(error: FlowError, { onLimit }: Limits): PartialReason | undefined {
  return error.code === 'over-limit' && onLimit === 'partial'
    ? { limit: error.fields.limit as keyof Limits, message: error.message }
    : undefined;
}
