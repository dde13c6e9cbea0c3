import fc from 'fast-check';
import { createDigester, mergeAnswers } from '../../../src/digest/digester';
import { mergeRecordSets } from '../../../src/digest/records';
import { answerOf, asRecords, bytesOf, planOf } from './digest-text';

const planFor = (query: Readonly<Record<string, unknown>>) => planOf({ view: 'records', ...query });

describe('records', () => {
  it('keeps lines as they were logged, with their columns', () => {
    const text = 'start action\n  5 ACCEPT \t\r\naction start\nREJECT  7\n';
    expect(asRecords(answerOf(planFor({}), text))).toMatchObject({
      records: [
        { startSec: 7, line: 'REJECT  7', columns: ['action', 'start'] },
        { startSec: 5, line: '5 ACCEPT', columns: ['start', 'action'] },
      ],
      tallies: { lines: 4, headerLines: 2, flows: 2, objects: 1 },
    });
  });

  it('filters, and tallies as a digest does', () => {
    const text = 'start action log-status\n5 ACCEPT OK\n6 REJECT OK\n7 - NODATA\nx REJECT OK\n8 REJECT\n99 REJECT OK\n';
    const plan = planFor({ filter: 'action = REJECT', range: { fromMs: 0, toMs: 50_000 } });
    const { records, tallies } = asRecords(answerOf(plan, text));
    expect(records.map(({ line }) => line)).toEqual(['6 REJECT OK']);
    expect(tallies).toMatchObject({ flows: 1, filtered: 1, noData: 1, badValue: 1, tooFewFields: 1, otherTime: 1 });
  });

  it('names columns that the filter needs and the format lacks', () => {
    const plan = planFor({ filter: 'vpc-id = vpc-1', fields: ['subnet-id'] });
    expect(asRecords(answerOf(plan, 'start\n5\n')).tallies.missingFields).toMatchObject({ 'vpc-id': 1 });
  });

  it('gives records without a time that of their object, or −1', () => {
    const text = 'end action\n5 ACCEPT\n- REJECT\n';
    const startsOf = (stampSec?: number) =>
      asRecords(answerOf(planFor({}), text, { stampSec })).records.map(({ startSec }) => startSec);
    expect(startsOf(9)).toEqual([9, 5]);
    expect(startsOf()).toEqual([5, -1]);
  });

  it('keeps the first by time and text, however the records come and are merged', () => {
    const record = fc.tuple(fc.nat(20), fc.nat(5));
    fc.assert(
      fc.property(
        fc.array(fc.array(record, { maxLength: 40 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('newest', 'oldest'),
        fc.boolean(),
        (shares, top, order, reversed) => {
          const plan = planFor({ top, order });
          const answers = shares.map((share) =>
            answerOf(plan, `start srcport\n${share.map(([start, port]) => `${start} ${port}\n`).join('')}`),
          );
          const merged = asRecords(mergeAnswers(reversed ? answers.toReversed() : answers, plan));
          const naive = shares
            .flat()
            .map(([start, port]) => ({ start, line: `${start} ${port}` }))
            .sort((a, b) => (order === 'newest' ? b.start - a.start : a.start - b.start) || (a.line < b.line ? -1 : 1))
            .slice(0, top);
          expect(merged.records.map(({ line }) => line)).toEqual(naive.map(({ line }) => line));
          expect(merged.tallies.flows).toBe(shares.flat().length);
          expect(merged.tallies.objects).toBe(shares.length);
        },
      ),
    );
  });

  it('keeps what it gave when the block is overwritten', () => {
    const digester = createDigester(planFor({}));
    const block = bytesOf('start action\n5 ACCEPT\n');
    digester.begin({});
    digester.addBlock(block);
    block.fill(120);
    expect(asRecords(digester.finish()).records[0]!.line).toBe('5 ACCEPT');
  });

  it('takes any number of records in little memory', () => {
    const plan = planFor({ top: 10, order: 'oldest' });
    const digester = createDigester(plan);
    digester.begin({ columns: ['start', 'vpc-id'] });
    for (let block = 0; block < 100; block++) {
      const lines = Array.from({ length: 1000 }, (_, i) => `${1e6 - block * 1000 - i} vpc-${i}\n`);
      digester.addBlock(bytesOf(lines.join('')));
    }
    const { records, tallies } = asRecords(digester.finish());
    expect(records.map(({ startSec }) => startSec)).toEqual(Array.from({ length: 10 }, (_, i) => 1e6 - 99_999 + i));
    expect(tallies.flows).toBe(100_000);
  });
});

describe('mergeRecordSets', () => {
  it('refuses nothing to merge', () => {
    expect(() => mergeRecordSets([], { top: 1, order: 'newest' })).toThrow('BUG');
  });
});
