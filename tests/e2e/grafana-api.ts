/** Grafana's HTTP API, as much of it as the set-up and the tests need. */
import type { APIRequestContext } from '@playwright/test';

/** Calls Grafana. Throws what Grafana says if it refuses. */
export class GrafanaApi {
  readonly #request: APIRequestContext;

  constructor(request: APIRequestContext) {
    this.#request = request;
  }

  get<T>(path: string): Promise<T> {
    return this.#call('GET', path);
  }

  post<T = unknown>(path: string, data: unknown): Promise<T> {
    return this.#call('POST', path, data);
  }

  put<T = unknown>(path: string, data: unknown): Promise<T> {
    return this.#call('PUT', path, data);
  }

  /** What is not there counts as deleted. */
  async delete(path: string): Promise<void> {
    await this.#call('DELETE', path, undefined, [404]);
  }

  async #call<T>(method: string, path: string, data?: unknown, alsoFine: readonly number[] = []): Promise<T> {
    const response = await this.#request.fetch(path, { method, data, headers: { 'X-Disable-Provenance': 'true' } });
    const text = await response.text();
    if (!response.ok() && !alsoFine.includes(response.status())) {
      throw new Error(`cannot ${method} ${path}: Grafana answers ${response.status()}: ${text.slice(0, 500)}`);
    }
    return (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined) as T;
  }
}
