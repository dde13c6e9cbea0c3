import { DEFAULT_FORMAT, DEFAULT_TGW_FORMAT, FIELDS, fieldOrText, findField } from '../../../src/flow/fields';

const vpcFields = FIELDS.filter(({ scope }) => scope !== 'tgw');

describe('the dictionary of fields', () => {
  test.each([
    [2, 14],
    [3, 21],
    [4, 25],
    [5, 29],
    [7, 39],
    [8, 40],
    [9, 41],
    [10, 42],
    [11, 54],
  ])('VPC flow logs up to version %i have %i fields', (version, count) => {
    expect(vpcFields.filter((field) => field.version <= version)).toHaveLength(count);
  });

  test('VPC fields are in the order of their versions', () => {
    const versions = vpcFields.map(({ version }) => version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });

  test('Transit Gateway flow logs have the 36 fields of their default format', () => {
    const names = FIELDS.filter(({ scope }) => scope !== 'vpc').map(({ name }) => name);
    expect(names).toHaveLength(36);
    expect([...names].sort()).toEqual([...DEFAULT_TGW_FORMAT].sort());
  });

  test('what only Transit Gateway has is of version 6, and nothing else is', () => {
    const version6 = FIELDS.filter(({ version }) => version === 6);
    expect(version6).toHaveLength(18);
    expect(version6.every(({ scope }) => scope === 'tgw')).toBe(true);
    expect(FIELDS.filter(({ scope }) => scope === 'tgw')).toHaveLength(18);
  });

  test('no name occurs twice', () => {
    expect(new Set(FIELDS.map(({ name }) => name)).size).toBe(FIELDS.length);
    expect(FIELDS).toHaveLength(54 + 18);
  });

  test('the default format is the documented one', () => {
    expect(DEFAULT_FORMAT.join(' ')).toBe(
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
    );
  });

  test('roles: what is added up, what is a bound, and all else is a key', () => {
    const namesOf = (role: string) => FIELDS.filter((field) => field.role === role).map(({ name }) => name);
    expect(namesOf('sum')).toEqual([
      'packets',
      'bytes',
      'packets-lost-no-route',
      'packets-lost-blackhole',
      'packets-lost-mtu-exceeded',
      'packets-lost-ttl-expired',
    ]);
    expect(namesOf('bound')).toEqual(['start', 'end']);
    expect(namesOf('key')).toHaveLength(72 - 6 - 2);
  });

  test('types follow the documentation', () => {
    const namesOf = (type: string) => FIELDS.filter((field) => field.type === type).map(({ name }) => name);
    expect(namesOf('integer')).toEqual([
      'version',
      'srcport',
      'dstport',
      'protocol',
      'tcp-flags',
      'traffic-path',
      'encryption-status',
    ]);
    expect(namesOf('address')).toEqual(['srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr']);
    // Every sum and bound is INT_64, and nothing else is.
    expect(namesOf('long')).toEqual(FIELDS.filter(({ role }) => role !== 'key').map(({ name }) => name));
  });

  test('limits and encodings', () => {
    const limits = FIELDS.flatMap(({ name, max }) => (max === undefined ? [] : [`${name} ${max}`]));
    expect(limits).toEqual(['srcport 65535', 'dstport 65535', 'protocol 255']);
    const encoded = FIELDS.filter((field) => field.encoded).map(({ name }) => name);
    expect(encoded).toEqual([
      'instance-tag',
      'instance-tag-2',
      'interface-tag',
      'interface-tag-2',
      'asg-tag',
      'asg-tag-2',
    ]);
  });

  test('names are those of a header line', () => {
    expect(FIELDS.filter(({ name }) => !/^[a-z]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  test('a field is found by its exact name only', () => {
    expect(findField('pkt-srcaddr')).toMatchObject({ type: 'address', version: 3 });
    expect(findField('pkt_srcaddr')).toBeUndefined();
    expect(findField('toString')).toBeUndefined();
  });

  test('a column newer than the dictionary is a text key', () => {
    expect(fieldOrText('bytes')).toBe(findField('bytes'));
    expect(fieldOrText('quantum-status')).toMatchObject({ name: 'quantum-status', type: 'text', role: 'key' });
  });
});
