/**
 * Logs for measuring: an exact number of records in the default format over an exact number of objects, with an exact
 * number of distinct keys under the default digest's rule. Nothing is kept but one object, so size is no matter.
 */
import { DEFAULT_FORMAT } from '../src/flow/fields';
import { formatObjectKey } from '../src/flow/object-key';
import { BIN_MINUTES, type CorpusSummary, type ObjectSink } from './demo-corpus';
import { demoRange } from './estate';
import { type Random, createRandom, mixBits } from './random';

/** What a flat corpus is made of. */
export interface FlatPlan {
  readonly seed: number;
  readonly records: number;
  /** Each of five minutes; when `hours` holds fewer of them than this, several flow logs share a stamp. */
  readonly objects: number;
  /** Distinct keys; no more than `records`. */
  readonly keys: number;
  readonly fromMs: number;
  readonly hours: number;
  readonly accountId: string;
  readonly region: string;
  /** The interfaces' addresses are in `10.{net}.0.0/16`. */
  readonly net: number;
}

/** The size at which this project's speed is stated. */
export const DEFAULT_FLAT_PLAN: FlatPlan = {
  seed: 1,
  records: 2_000_000,
  objects: 144,
  keys: 191_000,
  fromMs: demoRange.fromMs,
  hours: 12,
  accountId: '123456789012',
  region: 'eu-west-1',
  net: 0,
};

/** Writes a flat corpus: all of `records`, all of `objects`, and every one of `keys` at least once. */
export async function writeFlatCorpus(sink: ObjectSink, options: Partial<FlatPlan> = {}): Promise<CorpusSummary> {
  const plan: FlatPlan = { ...DEFAULT_FLAT_PLAN, ...options };
  const random = createRandom(plan.seed);
  const scene = createScene(random, plan);
  const bins = Math.max(1, Math.floor((plan.hours * 60) / BIN_MINUTES));
  const flowLogIds = Array.from({ length: Math.ceil(plan.objects / bins) }, () => `fl-${random.hex(17)}`);
  const keys = Math.min(plan.keys, plan.records);
  const header = DEFAULT_FORMAT.join(' ') + '\n';

  let record = 0;
  let textBytes = 0;
  for (let object = 0; object < plan.objects; object++) {
    const stampSec = plan.fromMs / 1000 + (object % bins) * BIN_MINUTES * 60;
    const end = Math.floor(((object + 1) * plan.records) / plan.objects);
    const recordCount = end - record;
    let text = header;
    for (; record < end; record++) {
      text += lineOf(pickKey(record, { keys, records: plan.records }, random), stampSec, scene, random);
    }
    textBytes += text.length;
    await sink({
      key: formatObjectKey({
        prefix: '',
        accountId: plan.accountId,
        region: plan.region,
        flowLogId: flowLogIds[Math.floor(object / bins)]!,
        stampSec,
        hash: random.hex(8),
        format: 'text',
        extension: '.log.gz',
        layout: { hive: false, hourly: false },
      }),
      text,
      recordCount,
    });
  }
  return { objectCount: plan.objects, recordCount: record, textBytes };
}

const HOST_COUNT = 400;
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const PORTS = [443, 443, 443, 80, 8080, 5432, 6379, 9000, 3306, 22, 9092, 11211] as const;
const UDP_PORTS = [53, 53, 123, 514] as const;

/** The interfaces and their addresses. */
interface Scene {
  readonly accountId: string;
  readonly interfaceIds: readonly string[];
  readonly addresses: readonly string[];
  /** Turns key numbers into properties. */
  readonly salt: number;
}

function createScene(random: Random, { accountId, net }: FlatPlan): Scene {
  return {
    accountId,
    interfaceIds: Array.from({ length: HOST_COUNT }, () => `eni-0${random.hex(16)}`),
    addresses: Array.from({ length: HOST_COUNT }, (_, host) => `10.${net}.${host >> 5}.${10 + (host & 31) * 7}`),
    salt: random.next(),
  };
}

/**
 * The number of a record's key. New keys come evenly spread over the corpus; the rest of the records repeat earlier ones,
 * those near the start of the list much more often, as a few pairs of hosts make most of real traffic.
 */
function pickKey(record: number, { keys, records }: { keys: number; records: number }, random: Random): number {
  const known = Math.floor((record * keys) / records);
  if (Math.floor(((record + 1) * keys) / records) > known) {
    return known;
  }
  const limit = Math.max(1, known);
  return Math.floor((random.below(limit) * random.below(limit)) / limit);
}

/**
 * One line. Keys come in pairs, there and back between an interface and a peer; no peer comes twice for an interface, so
 * different numbers are different keys.
 */
function lineOf(
  key: number,
  stampSec: number,
  { accountId, interfaceIds, addresses, salt }: Scene,
  random: Random,
): string {
  const pair = key >> 1;
  const host = pair % HOST_COUNT;
  const bits = mixBits(pair ^ salt);
  const own = addresses[host]!;
  const peer = peerOf(host, Math.floor(pair / HOST_COUNT), addresses);
  const protocol = bits % 100 < 82 ? TCP : bits % 100 < 97 ? UDP : ICMP;
  const isRejected = (bits >>> 8) % 100 < 6;
  let port = 0;
  let otherPort = 0;
  if (protocol === TCP) {
    port = PORTS[(bits >>> 16) % PORTS.length]!;
    otherPort = random.between(32_768, 60_999);
  } else if (protocol === UDP) {
    port = UDP_PORTS[(bits >>> 16) % UDP_PORTS.length]!;
    // Time servers ask each other from port 123 to port 123: the case of two equal ports.
    otherPort = port === 123 ? 123 : random.between(32_768, 60_999);
  }
  const packets = 1 + Math.floor((random.below(40) * random.below(40)) / 20);
  const bytes = packets * 40 + random.below(packets * 1400);
  const startSec = stampSec + random.below(240);
  const endSec = startSec + 10 + random.below(50);
  const isBack = (key & 1) === 1;
  return (
    `2 ${accountId} ${interfaceIds[host]!} ` +
    (isBack ? `${peer} ${own} ${port} ${otherPort} ` : `${own} ${peer} ${otherPort} ${port} `) +
    `${protocol} ${packets} ${bytes} ${startSec} ${endSec} ${isRejected ? 'REJECT' : 'ACCEPT'} OK\n`
  );
}

/** The `index`th peer of a host: one in 64 of IPv6, else first the other hosts, then addresses outside. */
function peerOf(host: number, index: number, addresses: readonly string[]): string {
  const INSIDE = 60;
  if (((index + host) & 63) === 0) {
    return `2001:db8:${(host + 1).toString(16)}::${(index + 1).toString(16)}`;
  }
  if (index < INSIDE) {
    // Offsets 1, 7, 13 … 355: never the host itself, and no host twice.
    return addresses[(host + 1 + index * 6) % HOST_COUNT]!;
  }
  // An injection of `index` into 198.18.0.0/15 for each host: 131 is odd, so it has an inverse modulo 2^17.
  const word = (index * 131 + host * 977) & 0x1ffff;
  return `198.${18 + (word >>> 16)}.${(word >>> 8) & 255}.${word & 255}`;
}
