import { estimateCost } from '../../../src/plugin/resources/estimate-cost';

test('nothing costs nothing', () => {
  expect(estimateCost({ listRequests: 0, readRequests: 0, bytes: 0 })).toMatchObject({
    class: 'none',
    requestsUsd: 0,
    transferUsd: { sameRegion: 0, otherRegion: 0, internet: 0 },
  });
});

test('requests and transfer at the prices that it states', () => {
  const cost = estimateCost({ listRequests: 1000, readRequests: 10_000, bytes: 10 * 2 ** 30 });
  expect(cost).toMatchObject({
    class: 'low',
    requestsUsd: 0.009,
    transferUsd: { sameRegion: 0, otherRegion: 0.2, internet: 0.9 },
  });
  for (const price of ['0.005 USD per 1000 list', '0.0004 USD per 1000 reads', '0.02 USD per GB', '0.09 USD per GB']) {
    expect(cost.assumption).toContain(price);
  }
});

const CASES: [gigabytes: number, readRequests: number, costClass: string, text: string][] = [
  [0.05, 312, 'negligible', 'Less than a cent, wherever Grafana runs.'],
  [1, 300, 'low', "Less than a cent where Grafana runs in the bucket's region, up to a few cents over the internet."],
  [
    50,
    50_000,
    'noticeable',
    "A few cents where Grafana runs in the bucket's region, up to a few dollars over the internet.",
  ],
  [
    2000,
    10_000,
    'high',
    "Less than a cent where Grafana runs in the bucket's region, up to hundreds of dollars or more over the internet.",
  ],
];
test.each(CASES)('%d GB in %d objects are %s', (gigabytes, readRequests, costClass, text) => {
  expect(estimateCost({ listRequests: 1, readRequests, bytes: gigabytes * 2 ** 30 })).toMatchObject({
    class: costClass,
    text,
  });
});
