/**
 * What happens in the demo's estate minute by minute: customers on the load balancers, tiers that talk to the next, a
 * port scan in the middle of the range, and an app that is refused by its database from a fifth of the range on. If asked
 * for, that app tries much more often for a while.
 */
import { type Estate, type Host, type Outside, SCANNER, hostsOf } from './estate';
import { type Exchange, type FindNat, rowsOfExchange } from './exchange';
import type { Random } from './random';
import type { EmptyRow, Row } from './row';

/** The place of a minute in the range. */
export interface Minute {
  /** Counted from the start of the range. */
  readonly index: number;
  /** Length of the range. */
  readonly minutes: number;
  readonly startSec: number;
}

/** All rows of one minute. Connections that stay open keep their ports from minute to minute. */
export type PlayMinute = (minute: Minute) => readonly (Row | EmptyRow)[];

/** The minutes of the port scan, `[first, end)` as indices: ten in the middle of the range. */
export function scanMinutes(minutes: number): { first: number; end: number } {
  const first = Math.max(0, (minutes >> 1) - 5);
  return { first, end: Math.min(minutes, first + 10) };
}

/** What happens besides, in minutes as indices. */
export interface TrafficEvents {
  /** The refused app loses patience: from `first` on, before `end`. */
  readonly retryStorm?: { readonly first: number; readonly end: number };
}

/** Prepares an estate's traffic. The minutes must be played in order, once each. */
export function createTraffic(estate: Estate, random: Random, { retryStorm }: TrafficEvents = {}): PlayMinute {
  const isStormy = ({ index }: Minute) =>
    retryStorm !== undefined && index >= retryStorm.first && index < retryStorm.end;
  const pools = openPools(estate, random);
  const findNat: FindNat = ({ flowLog }) =>
    estate.hosts.find((host) => host.tier === 'nat' && host.flowLog.vpcId === flowLog.vpcId);
  return (minute) => {
    const exchanges = [
      ...pools
        .filter(() => random.chance(97))
        .map((pool) => ({ ...pool, packets: pool.packets + random.below(pool.packets) })),
      ...customers(estate, minute, random),
      ...requests(estate, random),
      ...housekeeping(estate, minute, random),
      ...failingReports(estate, minute, random, isStormy(minute) ? STORM_ATTEMPTS : 4),
      ...probes(estate, random),
      ...portScan(estate, minute, random),
    ];
    return [
      ...exchanges.flatMap((exchange) => rowsOfExchange(exchange, { minuteSec: minute.startSec, random, findNat })),
      ...emptyWindows(estate, minute),
    ];
  };
}

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ESP = 50;
const EU = 'eu-west-1';
const US = 'us-east-1';

const PAYMENTS: Outside = { kind: 'outside', address: '203.0.113.20', service: '-' };
const MAIL: Outside = { kind: 'outside', address: '192.0.2.25', service: '-' };
const OFFICE: Outside = { kind: 'outside', address: '192.0.2.10', service: '-' };
const SCANNING: Outside = { kind: 'outside', address: SCANNER, service: '-' };
const S3: readonly Outside[] = ['52.218.36.10', '52.218.98.43', '52.92.0.178'].map((address) => ({
  kind: 'outside',
  address,
  service: 'S3',
}));
const DYNAMODB: readonly Outside[] = ['52.94.24.88', '52.119.240.65'].map((address) => ({
  kind: 'outside',
  address,
  service: 'DYNAMODB',
}));

/** How often a minute each host of the refused app tries in a storm. */
const STORM_ATTEMPTS = 60;

/** Load in percent, per twelfth of the range: a slow rise and a dip at the scan. */
const LOAD = [82, 86, 90, 96, 100, 97, 93, 104, 112, 115, 110, 106];

const ephemeral = (random: Random) => random.between(32_768, 60_999);

/** Connections that stay open all the time: load balancer to web, web to app, app to database and cache, replication. */
function openPools(estate: Estate, random: Random): readonly Exchange[] {
  const pools: Exchange[] = [];
  const open = (clients: readonly Host[], servers: readonly Host[], each: number, more: PoolPlan) => {
    for (const client of clients) {
      for (const server of servers) {
        for (let index = 0; index < each; index++) {
          pools.push({ client, server, protocol: TCP, clientPort: ephemeral(random), ...more });
        }
      }
    }
  };
  const [primary, replica] = hostsOf(estate, 'database', EU) as [Host, Host];
  for (const region of [EU, US]) {
    const app = hostsOf(estate, 'app', region);
    const web = hostsOf(estate, 'web', region);
    open(hostsOf(estate, 'alb', region), web, 3, {
      serverPort: 8080,
      packets: 40,
      requestSize: 310,
      responseSize: 1180,
    });
    open(web, app, 1, { serverPort: 9000, packets: 30, requestSize: 420, responseSize: 960 });
    open(app, hostsOf(estate, 'cache', region), 1, {
      serverPort: 6379,
      packets: 90,
      requestSize: 96,
      responseSize: 240,
    });
  }
  open(hostsOf(estate, 'app', EU), [primary], 2, {
    serverPort: 5432,
    packets: 60,
    requestSize: 260,
    responseSize: 1320,
  });
  open(hostsOf(estate, 'app', EU), [replica], 1, {
    serverPort: 5432,
    packets: 50,
    requestSize: 220,
    responseSize: 1400,
  });
  open(hostsOf(estate, 'app', US), hostsOf(estate, 'database', US), 2, {
    serverPort: 5432,
    packets: 40,
    requestSize: 260,
    responseSize: 1320,
  });
  open([replica, ...hostsOf(estate, 'database', US)], [primary], 1, {
    serverPort: 5432,
    packets: 700,
    requestSize: 66,
    responseSize: 1440,
  });
  return pools;
}

type PoolPlan = Pick<Exchange, 'serverPort' | 'packets' | 'requestSize' | 'responseSize'>;

/** Customers on the load balancers: HTTPS, some by IPv6, a few by HTTP to be redirected. */
function customers(estate: Estate, { index, minutes }: Minute, random: Random): readonly Exchange[] {
  const load = LOAD[Math.min(11, Math.floor((index * 12) / minutes))]!;
  return [EU, US].flatMap((region) => {
    const balancers = hostsOf(estate, 'alb', region);
    const visits = Math.floor(((region === EU ? 115 : 50) * load) / 100) + random.below(12);
    return Array.from({ length: visits }, (): Exchange => {
      const server = random.pick(balancers);
      const isSecure = random.chance(94);
      return {
        client: server.ipv6 !== undefined && random.chance(15) ? customer6(random) : customer4(random),
        server,
        protocol: TCP,
        clientPort: random.between(1024, 65_535),
        serverPort: isSecure ? 443 : 80,
        packets: isSecure ? 8 + random.below(60) : 4,
        requestSize: 180 + random.below(200),
        responseSize: isSecure ? 900 + random.below(500) : 120,
        isShort: true,
      };
    });
  });
}

function customer4(random: Random): Outside {
  // A few regulars and many who come once.
  const address = random.chance(40)
    ? `${random.pick(['203.0.113', '198.51.100', '192.0.2'])}.${100 + random.below(40)}`
    : `198.${18 + random.below(2)}.${random.below(64)}.${1 + random.below(254)}`;
  return { kind: 'outside', address, service: '-' };
}

function customer6(random: Random): Outside {
  const site = random.between(0x1000, 0x10ff).toString(16);
  return { kind: 'outside', address: `2001:db8:${site}::${random.between(1, 99)}`, service: '-' };
}

/** Short connections of the app tiers: storage, tables, payments and mail. */
function requests(estate: Estate, random: Random): readonly Exchange[] {
  const clients = [...hostsOf(estate, 'app'), ...hostsOf(estate, 'reports')];
  const short = (
    client: Host,
    server: Outside,
    serverPort: number,
    packets: number,
    sizes: [number, number],
  ): Exchange => ({
    client,
    server,
    protocol: TCP,
    clientPort: ephemeral(random),
    serverPort,
    packets,
    requestSize: sizes[0],
    responseSize: sizes[1],
    isShort: true,
  });
  return clients.flatMap((client) => [
    short(client, random.pick(S3), 443, 20 + random.below(400), [90, 1430]),
    ...(random.chance(60) ? [short(client, random.pick(DYNAMODB), 443, 6 + random.below(20), [380, 620])] : []),
    ...(random.chance(70) ? [short(client, PAYMENTS, 443, 9 + random.below(8), [540, 470])] : []),
    ...(random.chance(15) ? [short(client, MAIL, 587, 14 + random.below(30), [1100, 80])] : []),
  ]);
}

/** Names, time, scraping, pings, the office's tunnel and its administrators. */
function housekeeping(estate: Estate, { index }: Minute, random: Random): readonly Exchange[] {
  const [resolver] = hostsOf(estate, 'resolver') as [Host];
  const [monitor] = hostsOf(estate, 'monitor') as [Host];
  const [bastion] = hostsOf(estate, 'bastion') as [Host];
  const [vpn] = hostsOf(estate, 'vpn') as [Host];
  const instances = estate.hosts.filter(({ instanceId, tier }) => instanceId !== '-' && tier !== 'spare');
  const inside = { requestSize: 76, responseSize: 76, packets: 1 };
  const exchanges: Exchange[] = [];
  instances.forEach((client, order) => {
    if (client !== resolver) {
      const query = { client, server: resolver, protocol: UDP, serverPort: 53, ...inside, responseSize: 140 };
      exchanges.push({ ...query, clientPort: ephemeral(random) }, { ...query, clientPort: ephemeral(random) });
      if ((index + order) % 4 === 0) {
        exchanges.push({ client, server: resolver, protocol: UDP, clientPort: 123, serverPort: 123, ...inside });
      }
    }
    if (client !== monitor) {
      const scrape = { client: monitor, server: client, protocol: TCP, clientPort: 40_000 + order, serverPort: 9100 };
      exchanges.push({ ...scrape, packets: 12, requestSize: 120, responseSize: 1300 });
      if ((index + order) % 3 === 0) {
        const ping = { client: monitor, server: client, protocol: ICMP, clientPort: 0, serverPort: 0 };
        exchanges.push({ ...ping, packets: 5, requestSize: 84, responseSize: 84 });
      }
    }
  });
  const ssh = { protocol: TCP, serverPort: 22, packets: 60, requestSize: 110, responseSize: 210 };
  exchanges.push(
    { client: OFFICE, server: bastion, clientPort: 51_422, ...ssh },
    { client: bastion, server: hostsOf(estate, 'app', EU)[0]!, clientPort: 45_010, ...ssh },
    { client: bastion, server: hostsOf(estate, 'database', EU)[0]!, clientPort: 45_022, ...ssh },
    {
      client: OFFICE,
      server: vpn,
      protocol: ESP,
      clientPort: 0,
      serverPort: 0,
      packets: 300,
      requestSize: 220,
      responseSize: 760,
    },
  );
  return exchanges;
}

/** The reporting app, whose new address the database's security group does not know. */
function failingReports(
  estate: Estate,
  { index, minutes }: Minute,
  random: Random,
  attempts: number,
): readonly Exchange[] {
  if (index * 5 < minutes) {
    return [];
  }
  const [primary] = hostsOf(estate, 'database', EU) as [Host];
  return hostsOf(estate, 'reports').flatMap((client) =>
    Array.from({ length: attempts + random.below(3) }, (): Exchange => ({
      client,
      server: primary,
      protocol: TCP,
      clientPort: ephemeral(random),
      serverPort: 5432,
      packets: 3,
      requestSize: 60,
      responseSize: 60,
      isRefused: true,
    })),
  );
}

/** What knocks on every public address all day. */
function probes(estate: Estate, random: Random): readonly Exchange[] {
  const reachable = estate.hosts.filter(({ isPublic }) => isPublic);
  return Array.from({ length: 12 + random.below(10) }, (): Exchange => ({
    client: customer4(random),
    server: random.pick(reachable),
    ...(random.chance(85)
      ? { protocol: TCP, serverPort: random.pick([22, 23, 445, 1433, 3306, 3389, 5900, 6379, 8545]) }
      : { protocol: UDP, serverPort: random.pick([161, 1900, 5060]) }),
    clientPort: random.between(1024, 65_535),
    packets: 1,
    requestSize: 44,
    responseSize: 44,
    isRefused: true,
  }));
}

/** One address, all public hosts, a stretch of ports each minute. */
function portScan(estate: Estate, { index, minutes }: Minute, random: Random): readonly Exchange[] {
  const { first, end } = scanMinutes(minutes);
  if (index < first || index >= end) {
    return [];
  }
  const reachable = estate.hosts.filter(({ isPublic }) => isPublic);
  const clientPort = 40_000 + random.below(20_000);
  return reachable.flatMap((server) =>
    Array.from({ length: 24 }, (_, step): Exchange => ({
      client: SCANNING,
      server,
      protocol: TCP,
      clientPort,
      // 7 and 1024 have no common factor, so no port comes twice; the load balancers' open ports are left out.
      serverPort: 1100 + ((((index - first) * 24 + step) * 7) % 1024),
      packets: 1,
      requestSize: 44,
      responseSize: 44,
      isRefused: true,
    })),
  );
}

/** Interfaces without traffic, and the load balancers' lost records while the scan is on. */
function emptyWindows(estate: Estate, { index, minutes, startSec }: Minute): readonly EmptyRow[] {
  const { first, end } = scanMinutes(minutes);
  const isBusy = index >= first && index < end && (index - first) % 4 === 2;
  const window = { startSec, endSec: startSec + 59 };
  return [
    ...hostsOf(estate, 'spare').map((host) => ({ host, ...window, status: 'NODATA' as const })),
    ...(isBusy ? hostsOf(estate, 'alb').map((host) => ({ host, ...window, status: 'SKIPDATA' as const })) : []),
  ];
}
