/** What requests are answered with: the parts of a running service, as routes see them. */
import type { WorkerPool } from '../scan/worker-pool';
import type { ServiceMetrics } from './service-metrics';
import type { Shelf } from './shelf';
import type { ProductKind } from './window';
import type { MakeProduct } from './work-job';

export interface ServiceParts {
  readonly shelves: Readonly<Record<ProductKind, Shelf>>;
  readonly makers: Readonly<Record<ProductKind, MakeProduct>>;
  readonly pool: WorkerPool;
  readonly metrics: ServiceMetrics;
  /** Aborted when jobs in hand are to be handed back. */
  readonly stopWorking: AbortSignal;
  /** True from the moment when the service was told to stop. */
  readonly isStopping: () => boolean;
  readonly clock: () => number;
}
