/** What the config editor asks the backend. It has no data source yet, only its uid; all of it is about saved settings. */
import { getBackendSrv } from '@grafana/runtime';
import type { HealthDetailsAnswer } from '../../query/resource-answers';
import { createResources, errorText, type Resources } from '../resources';

export interface ConfigResources extends Pick<Resources, 'health' | 'storedDigests' | 'iamPolicy' | 'discover'> {
  /** What Grafana tells the plugin; found by a check of the whole data source. */
  forwarding(): Promise<HealthDetailsAnswer['grafana']>;
}

/** The resources of the data source with that uid. */
export function createConfigResources(uid: string): ConfigResources {
  const url = `/api/datasources/uid/${encodeURIComponent(uid)}`;
  const { health, storedDigests, iamPolicy, discover } = createResources({
    uid,
    getResource: (path, params, options) => getBackendSrv().get(`${url}/resources/${path}`, params, undefined, options),
    postResource: (path, data, options) => getBackendSrv().post(`${url}/resources/${path}`, data, options),
  });
  return {
    health,
    storedDigests,
    iamPolicy,
    discover,
    async forwarding() {
      const answer = await getBackendSrv()
        .get<unknown>(`${url}/health`, undefined, undefined, { showErrorAlert: false })
        .catch((thrown: unknown) => thrown);
      // A data source that cannot be read is a rejection, but has the details too.
      const { details, data } = answer as HealthAnswer & { readonly data?: HealthAnswer };
      const grafana = (details ?? data?.details)?.grafana;
      if (grafana === undefined) {
        throw new Error(errorText(answer));
      }
      return grafana;
    },
  };
}

interface HealthAnswer {
  readonly details?: Partial<HealthDetailsAnswer>;
}
