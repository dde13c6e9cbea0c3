import type { Completeness, DeliveryRow } from '../../../src/flow/delivery';
import { findField } from '../../../src/flow/fields';
import { buildCompletenessAlertFrame, buildCompletenessFrame } from '../../../src/frame/completeness-frame';
import { fieldOf, rowsOf } from './read-frame';

const NOW_SEC = 1_768_478_400;
const healthy: DeliveryRow = {
  accountId: '123456789012',
  region: 'eu-west-1',
  flowLogId: 'fl-0a',
  objects: 10,
  bytes: 5000,
  oldestStampSec: NOW_SEC - 3600,
  newestStampSec: NOW_SEC - 900,
  newestModifiedMs: (NOW_SEC - 60) * 1000,
  ageSec: 900,
  modifiedAgeSec: 60,
  stepSec: 300,
  longestGapSec: 600,
  missingBins: 1,
};
const replaced: DeliveryRow = { ...healthy, flowLogId: 'fl-0b', ageSec: 3300 };
const silent: DeliveryRow = {
  accountId: '999999999999',
  objects: 0,
  bytes: 0,
  ageSec: 3600,
  stepSec: 300,
  missingBins: 9,
};
const unknown: DeliveryRow = {
  objects: 1,
  bytes: 1,
  newestStampSec: NOW_SEC - 1.5,
  ageSec: 1.5,
  stepSec: 300,
  missingBins: 9,
};

const completeness: Completeness = {
  range: { fromMs: (NOW_SEC - 3600) * 1000, toMs: NOW_SEC * 1000 },
  nowMs: NOW_SEC * 1000,
  rows: [healthy, replaced, silent, unknown],
  listedObjects: 42,
  outsideObjects: 1,
  leftOutObjects: 0,
};

describe('the table', () => {
  const frame = buildCompletenessFrame(completeness);

  test('has a row per flow log and place, nulls where nothing is known', () => {
    const rows = rowsOf(frame);
    expect(rows[0]).toEqual({
      'account-id': '123456789012',
      region: 'eu-west-1',
      'flow log': 'fl-0a',
      objects: 10,
      bytes: 5000,
      newest: NOW_SEC - 900,
      age: 900,
      written: 60,
      'longest gap': 600,
      step: 300,
      'missing bins': 1,
    });
    expect(rows[2]).toMatchObject({
      'account-id': '999999999999',
      region: null,
      'flow log': null,
      newest: null,
      age: 3600,
    });
    expect(rows[2]).toMatchObject({ objects: 0, written: null, 'longest gap': null });
    expect(rows[3]).toMatchObject({ 'account-id': null, newest: NOW_SEC - 2 });
  });

  test('offers to filter for what queries know as fields, under their names, and for nothing else', () => {
    const filterable = frame.fields.filter(({ config }) => config?.filterable).map(({ name }) => name);
    expect(filterable).toEqual(['account-id', 'region']);
    filterable.forEach((name) => expect(findField(name)).toBeDefined());
  });

  test('has units, and says what listings cannot tell', () => {
    expect(frame.fields.filter(({ config }) => config?.unit === 's').map(({ name }) => name)).toEqual([
      'age',
      'written',
      'longest gap',
      'step',
    ]);
    expect(fieldOf(frame, 'newest')).toMatchObject({ type: 'time', unit: 's' });
    expect(fieldOf(frame, 'missing bins').config?.description).toMatch(/SKIPDATA/);
    expect(frame.meta).toEqual({
      preferredVisualisationType: 'table',
      stats: [{ displayName: 'Objects listed', value: 42, unit: 'none', decimals: 0 }],
    });
  });

  test('warns of what is not in it', () => {
    const { meta } = buildCompletenessFrame(
      { ...completeness, leftOutObjects: 1234 },
      { omissions: ['cannot list a/'] },
    );
    expect(meta?.notices).toEqual([
      {
        severity: 'warning',
        text: 'cannot list a/\nin no row: 1,234 objects, for there are too many flow logs; name accounts or regions',
      },
    ]);
  });
});

describe('for rules', () => {
  test('one number per account and region: the age of the newest; what has nothing is as old as the range', () => {
    const frame = buildCompletenessAlertFrame(completeness);
    expect(frame.meta).toEqual({ type: 'numeric-long', typeVersion: [0, 1] });
    expect(frame.fields.map(({ name, type, nullable }) => [name, type, nullable === true])).toEqual([
      ['account', 'string', false],
      ['region', 'string', false],
      ['age', 'float64', false],
    ]);
    const rows = [
      { account: '123456789012', region: 'eu-west-1', age: 900 },
      { account: '999999999999', region: '-', age: 3600 },
      { account: '-', region: '-', age: 1.5 },
    ];
    expect(rowsOf(frame)).toEqual(rows);
    const reversed = buildCompletenessAlertFrame({ ...completeness, rows: [...completeness.rows].reverse() });
    expect(rowsOf(reversed)).toEqual([...rows].reverse());
  });

  test('fails rather than leave one out', () => {
    expect(() => buildCompletenessAlertFrame({ ...completeness, leftOutObjects: 1 })).toThrow(
      expect.objectContaining({ code: 'over-limit' }),
    );
  });
});
