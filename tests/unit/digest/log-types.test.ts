/** Flow logs of VPCs and of transit gateways in one place: each byte counts once. */

import { addTallies } from '../../../src/digest/digest';
import { answerOf, asDigest, digestOf, planOf } from './digest-text';
import { TGW_HEADER, tgwLine } from './transit-gateway-log';

const VPC = `version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
2 123456789012 eni-1 10.0.0.1 10.1.0.1 40000 443 6 10 1000 1700000000 1700000060 ACCEPT OK
`;
const TGW = `${TGW_HEADER}
${tgwLine({ direction: 'ingress', attachment: 'tgw-attach-a' })}
${tgwLine({ direction: 'egress', attachment: 'tgw-attach-b' })}
`;

const bytesOf = (digest: ReturnType<typeof digestOf>): number => digest.sums[1]!.values.reduce((a, b) => a + b, 0);

test('a query is about the flow logs of VPCs, and says how many records of others it passed over', () => {
  const digest = digestOf(planOf(), VPC + TGW);
  expect(bytesOf(digest)).toBe(1000);
  expect(digest.tallies).toMatchObject({ lines: 5, headerLines: 2, flows: 1, otherType: 2, copies: 0 });
  expect(digest.tallies.missingFields).toEqual({ 'interface-id': 1, action: 1 });
});

test('columns that objects have by nature are counted as missing like any other', () => {
  const names = ['constructor', '__proto__', 'toString'];
  const digests = [VPC, VPC].map((text) => digestOf(planOf({ keys: names.map((name) => `\`${name}\``) }), text));
  const counts = digests.map(({ tallies }) => Object.entries(tallies.missingFields).sort());
  expect(counts[0]).toEqual(names.map((name) => [name, 1]).sort());
  const both = addTallies(digests[0]!.tallies, digests[1]!.tallies);
  expect(Object.entries(both.missingFields).sort()).toEqual(names.map((name) => [name, 2]).sort());
});

test('of a transit gateway what came in counts, and what went out of it again is a copy', () => {
  const digest = digestOf(planOf({ logType: 'transit-gateway' }), VPC + TGW);
  expect(bytesOf(digest)).toBe(1000);
  expect(digest.keys.map(({ name }) => name)).toContain('tgw-attachment-id');
  expect(digest.tallies).toMatchObject({ lines: 5, flows: 1, otherType: 1, copies: 1, filtered: 0 });
});

test.each([
  ['ingress', 1, 1],
  ['egress', 1, 1],
  ['both', 2, 0],
])('direction %s', (direction, flows, copies) => {
  const digest = digestOf(planOf({ logType: 'transit-gateway', direction }), TGW);
  expect(digest.tallies).toMatchObject({ flows, copies });
});

test.each([
  ['groups by it', { keys: ['flow-direction'] }],
  ['filters by it', { filter: 'flow-direction = egress or bytes > 0' }],
])('whoever %s gets both directions', (_, asked) => {
  const digest = digestOf(planOf({ logType: 'transit-gateway', ...asked }), TGW);
  expect(digest.tallies).toMatchObject({ flows: 2, copies: 0 });
});

test('what a transit gateway lost is added up', () => {
  const plan = planOf({ logType: 'transit-gateway', measures: ['packets-lost-no-route'], keys: [] });
  const { sums } = digestOf(plan, TGW);
  expect(sums.find(({ name }) => name === 'packets-lost-no-route')!.values).toEqual(Float64Array.of(7));
});

test('a format that does not say the direction has no copies that could be told, and that is said', () => {
  const text =
    'tgw-id srcaddr dstaddr packets bytes start end log-status\ntgw-1 10.0.0.1 10.1.0.1 1 9 1700000000 1700000060 OK\n';
  const { tallies } = digestOf(planOf({ logType: 'transit-gateway', keys: ['srcaddr'] }), text);
  expect(tallies).toMatchObject({ flows: 1, copies: 0, missingFields: { 'flow-direction': 1 } });
});

test('all counts everything as it was logged', () => {
  const digest = digestOf(planOf({ logType: 'all', keys: [] }), VPC + TGW);
  expect(bytesOf(digest)).toBe(3000);
  expect(digest.tallies).toMatchObject({ flows: 3, otherType: 0, copies: 0 });
});

test('records are shown of all flow logs, unless one kind is asked for', () => {
  const recordsOf = (query: object): number => {
    const answer = answerOf(planOf({ view: 'records', ...query }), VPC + TGW);
    return answer.kind === 'records' ? answer.records.records.length : -1;
  };
  expect(recordsOf({})).toBe(3);
  expect(recordsOf({ logType: 'vpc' })).toBe(1);
  expect(recordsOf({ logType: 'transit-gateway' })).toBe(2);
});

test('copies are told before the filter', () => {
  const plan = planOf({ logType: 'transit-gateway', filter: 'bytes > 5000', keys: [] });
  expect(asDigest(answerOf(plan, TGW)).tallies).toMatchObject({ flows: 0, copies: 1, filtered: 1 });
});

test.each([
  ['groups by a field that only they have', { keys: ['tgw-attachment-id'] }],
  ['filters by one', { keys: [], filter: 'tgw-src-vpc-id = vpc-a' }],
  ['adds one up', { keys: [], measures: ['packets-lost-blackhole'] }],
])('who %s asks about transit gateways', (_, query) => {
  expect(digestOf(planOf(query), VPC + TGW).tallies).toMatchObject({ flows: 1, otherType: 1, copies: 1 });
});
