/**
 * What AWS would charge for a scan, to an order of magnitude: prices differ by region, storage class and contract.
 *
 * Source of the prices: https://aws.amazon.com/s3/pricing/ (S3 Standard, us-east-1, first tier, without taxes).
 */

/** What a scan would ask of S3. */
export interface S3Usage {
  readonly listRequests: number;
  readonly readRequests: number;
  /** Stored bytes read. */
  readonly bytes: number;
}

/**
 * - `none`: nothing is asked of S3
 * - `negligible`: less than a cent, wherever Grafana runs
 * - `low`: at most a dollar
 * - `noticeable`: at most ten dollars
 * - `high`: more
 */
export type CostClass = 'none' | 'negligible' | 'low' | 'noticeable' | 'high';

/** US dollars. */
export interface CostEstimate {
  /** By the most that it can be: requests, and transfer over the internet. */
  readonly class: CostClass;
  readonly text: string;
  readonly requestsUsd: number;
  /** By where Grafana runs, seen from the bucket. */
  readonly transferUsd: { readonly sameRegion: number; readonly otherRegion: number; readonly internet: number };
  readonly assumption: string;
}

const LIST_USD = 0.005 / 1000;
const READ_USD = 0.0004 / 1000;
const OTHER_REGION_USD_PER_GB = 0.02;
const INTERNET_USD_PER_GB = 0.09;

const ASSUMPTION =
  'List prices of S3 Standard in us-east-1: 0.005 USD per 1000 list requests, 0.0004 USD per 1000 reads, 0.02 USD per GB ' +
  'to another region, 0.09 USD per GB to the internet, nothing within the region; no retry. A bucket with ' +
  'requester pays charges this to the reader, any other to its owner.';

/** The cost of reading so much once. */
export function estimateCost({ listRequests, readRequests, bytes }: S3Usage): CostEstimate {
  const requestsUsd = listRequests * LIST_USD + readRequests * READ_USD;
  const gigabytes = bytes / 2 ** 30;
  const transferUsd = {
    sameRegion: 0,
    otherRegion: gigabytes * OTHER_REGION_USD_PER_GB,
    internet: gigabytes * INTERNET_USD_PER_GB,
  };
  const mostUsd = requestsUsd + transferUsd.internet;
  const isNone = listRequests + readRequests === 0;
  return {
    class: isNone ? 'none' : classOf(mostUsd),
    text: isNone ? 'Nothing is read from S3.' : describeCost(requestsUsd, mostUsd),
    requestsUsd: rounded(requestsUsd),
    transferUsd: {
      ...transferUsd,
      otherRegion: rounded(transferUsd.otherRegion),
      internet: rounded(transferUsd.internet),
    },
    assumption: ASSUMPTION,
  };
}

function classOf(usd: number): CostClass {
  if (usd < 0.01) {
    return 'negligible';
  }
  return usd <= 1 ? 'low' : usd <= 10 ? 'noticeable' : 'high';
}

function describeCost(leastUsd: number, mostUsd: number): string {
  const [least, most] = [describeMagnitude(leastUsd), describeMagnitude(mostUsd)];
  return least === most
    ? `${capitalised(least)}, wherever Grafana runs.`
    : `${capitalised(least)} where Grafana runs in the bucket's region, up to ${most} over the internet.`;
}

function describeMagnitude(usd: number): string {
  if (usd < 0.01) {
    return 'less than a cent';
  }
  if (usd < 1) {
    return usd < 0.1 ? 'a few cents' : 'tens of cents';
  }
  return usd < 10 ? 'a few dollars' : usd < 100 ? 'tens of dollars' : 'hundreds of dollars or more';
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Millionths of a dollar are more than exact enough. */
function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
