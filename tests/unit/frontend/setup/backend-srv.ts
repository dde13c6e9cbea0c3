/** Grafana's server as the frontend's calls meet it: requests are kept, answers are what a test says. */
import type { BackendSrv, BackendSrvRequest, FetchResponse } from '@grafana/runtime';
import { of, throwError } from 'rxjs';

/** What the server answers a request with; a thrown error is a refused request. */
export type Answer = (request: BackendSrvRequest) => unknown;

/** The service, and what was asked of it. */
export function createBackendSrv(answer: Answer): { readonly srv: BackendSrv; readonly requests: BackendSrvRequest[] } {
  const requests: BackendSrvRequest[] = [];
  const ask = (request: BackendSrvRequest) => {
    requests.push(request);
    try {
      return of({ data: answer(request), status: 200, ok: true } as FetchResponse<never>);
    } catch (thrown) {
      return throwError(() => thrown);
    }
  };
  return { srv: { fetch: ask } as unknown as BackendSrv, requests };
}
