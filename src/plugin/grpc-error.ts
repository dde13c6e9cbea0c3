/**
 * Errors as gRPC carries them: a code, a text and, in a trailer, whose fault it was in the form that Grafana's SDK reads.
 */
import { Metadata, status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import { FlowError } from '../errors';
import { errorStatusOf } from './error-status';
import { BYTES, createMessageCodec, INT32, listOf, mapOf, STRING } from './message-codec';

/** The trailer with details, and the type of the detail that holds the error's source (google.rpc, `error_details`). */
const DETAILS_TRAILER = 'grpc-status-details-bin';
const ERROR_INFO_TYPE = 'type.googleapis.com/google.rpc.ErrorInfo';

interface ErrorInfo {
  readonly metadata: ReadonlyMap<string, string>;
}
const ERROR_INFO = createMessageCodec<ErrorInfo>({ metadata: [3, mapOf(STRING)] });

interface Detail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}
const DETAIL = createMessageCodec<Detail>({ typeUrl: [1, STRING], value: [2, BYTES] });

interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Detail[];
}
const RPC_STATUS = createMessageCodec<RpcStatus>({
  code: [1, INT32],
  message: [2, STRING],
  details: [3, listOf(DETAIL)],
});

/** How a call ends that fails with this. Grafana shows users its own text for the code, ours goes to its log. */
export function toGrpcError(thrown: unknown): StatusObject {
  const error = FlowError.from(thrown);
  const code = grpcCodeOf(error);
  const { errorSource } = errorStatusOf(error.code);
  const value = ERROR_INFO.encode({ metadata: new Map([['errorSource', errorSource]]) });
  const details = [{ typeUrl: ERROR_INFO_TYPE, value }];
  const metadata = new Metadata();
  metadata.set(DETAILS_TRAILER, RPC_STATUS.encode({ code, message: error.message, details }));
  return { code, details: error.message, metadata };
}

function grpcCodeOf({ code }: FlowError): status {
  switch (code) {
    case 'aborted':
      return status.CANCELLED;
    // Grafana asks users to try again.
    case 'unavailable':
      return status.UNAVAILABLE;
    default:
      return status.UNKNOWN;
  }
}
