/**
 * Counting a flow once of which both ends are logged: a record counts at the interface of its sender if that is logged, else
 * where it was seen. REJECT records count wherever they are: let out at one end and refused at the other are two facts.
 *
 * Whose address is whose is learned as records are read. The sender of an `egress` record and the receiver of an `ingress`
 * one are the interface itself; without direction it is the one address that all the interface's records have. What a record
 * is may be clear as soon as it is read; where it is not, the keys `COPY_KEYS` tell whose it may be a copy of, and
 * `settle-digest.ts` decides when all objects have been read.
 *
 * This is what the kernel does (`kernel/recorder.ts`), whose specification it is.
 */
import { MISSING } from './digest';
import type { EndCollector } from './logged-ends';
import { COPY_KEYS, RECORDER_FIELDS } from './plan';
import type { Registers } from './registers';

/** Judges the records in the registers. */
export interface CopyJudge {
  /** An object begins: what was learned of the one before is collected, and forgotten here. */
  forget(): void;
  /** Learns from the record in the registers. */
  learn(): void;
  /** Whether the record, which has been learned from, is a copy of another one; otherwise its `COPY_KEYS` are filled. */
  isCopy(): boolean;
}

/** A judge that collects in `ends` what it learns; `hops` are interfaces that count as if they were not logged. */
export function createCopyJudge(registers: Registers, ends: EndCollector, hops: readonly string[] = []): CopyJudge {
  const { words, families, wordSlot, internText } = registers;
  const [recorderSlot, sourceSlot, targetSlot, directionSlot] = RECORDER_FIELDS.map(wordSlot) as [
    number,
    number,
    number,
    number,
  ];
  const actionSlot = wordSlot('action');
  const [senderKey, recorderKey] = COPY_KEYS.map(({ name }) => wordSlot(name)) as [number, number];
  const [egress, ingress] = ['egress', 'ingress'].map((text) => internText('flow-direction', text));
  const reject = internText('action', 'REJECT');
  const passedOver = new Set(hops.map((id) => internText('interface-id', id)));
  /** Addresses that directions tell, of each interface. */
  const own = new Map<number, Set<number>>();
  /** Addresses of any interface; of those that no direction told, whose they are as long as nothing contradicts it. */
  const holders = new Map<number, number | 'told'>();
  /** Per interface and family the addresses that are an end of all its records: two, one or none. */
  const candidates = new Map<number, readonly number[]>();
  let actions = 0;

  const code = (family: number, word: number): number => family * 2 ** 32 + word;
  const candidatesKey = (recorder: number, family: number): number => recorder * 2 + (family === 6 ? 1 : 0);

  /** Whether that alone can be the interface's address. */
  function isLeft(recorder: number, family: number, word: number): boolean {
    const left = candidates.get(candidatesKey(recorder, family));
    return left?.length === 1 && left[0] === word && isLocal(family, word);
  }

  return {
    forget() {
      for (const [key, found] of candidates) {
        const [recorder, family] = [Math.floor(key / 2), key % 2 === 1 ? 6 : 4];
        const [first, second] = found.filter((word) => isLocal(family, word));
        if (second !== undefined) {
          ends.addPair(recorder, family, first!, second);
        } else if (first !== undefined) {
          ends.add(recorder, family, first);
        } else {
          ends.addRecorder(recorder);
        }
      }
      ends.addActions(actions);
      actions = 0;
      own.clear();
      holders.clear();
      candidates.clear();
    },
    learn() {
      const [recorder, direction] = [words[recorderSlot]!, words[directionSlot]];
      if (passedOver.has(recorder)) {
        return;
      }
      if (families[sourceSlot] !== 0) {
        actions |= words[actionSlot] === reject ? 2 : 1;
      }
      if (direction === egress || direction === ingress) {
        const slot = direction === egress ? sourceSlot : targetSlot;
        const [family, word] = [families[slot]!, words[slot]!];
        if (family !== 0) {
          const addresses = own.get(recorder) ?? new Set();
          own.set(recorder, addresses.add(code(family, word)));
          holders.set(code(family, word), 'told');
          ends.add(recorder, family, word);
        }
        return;
      }
      const family = families[sourceSlot]!;
      if (recorder === MISSING || family === 0 || families[targetSlot] !== family) {
        return;
      }
      const both = [words[sourceSlot]!, words[targetSlot]!];
      const before = candidates.get(candidatesKey(recorder, family));
      const left = before ? before.filter((word) => both.includes(word)) : [...new Set(both)];
      candidates.set(candidatesKey(recorder, family), left);
      if (left.length === 1 && before?.length !== 1 && isLocal(family, left[0]!)) {
        const address = code(family, left[0]!);
        holders.set(address, holders.get(address) === 'told' ? 'told' : recorder);
      }
    },
    isCopy() {
      words[senderKey] = MISSING;
      families[senderKey] = 0;
      words[recorderKey] = MISSING;
      const [recorder, direction] = [words[recorderSlot]!, words[directionSlot]];
      const [family, sender] = [families[sourceSlot]!, words[sourceSlot]!];
      if (words[actionSlot] === reject) {
        return false;
      }
      if (passedOver.has(recorder)) {
        return true;
      }
      if (family === 0 || direction === egress) {
        return false;
      }
      // What comes in is not the interface's own, whoever sent it.
      const isIncoming = direction === ingress;
      const left = isIncoming ? [] : (candidates.get(candidatesKey(recorder, family)) ?? []);
      if (!isIncoming) {
        if (recorder === MISSING || isLeft(recorder, family, sender) || own.get(recorder)?.has(code(family, sender))) {
          return false;
        }
      }
      const holder = holders.get(code(family, sender));
      if (holder === 'told' || (holder !== undefined && isLeft(holder, family, sender))) {
        return true;
      }
      if (isLocal(family, sender)) {
        words[senderKey] = sender;
        families[senderKey] = family;
        if (left.length === 2) {
          words[recorderKey] = recorder;
        }
      }
      return false;
    },
  };
}

/** The ranges of IPv4 that interfaces in VPCs have: first address and bits. */
const LOCAL_RANGES: readonly (readonly [first: number, bits: number])[] = [
  [0x0a000000, 8],
  [0xac100000, 12],
  [0xc0a80000, 16],
  [0x64400000, 10],
  [0xc6120000, 15],
];

/** Whether an interface can have the address: one of a private range, or of IPv6, where addresses are public. */
export function isLocal(family: number, word: number): boolean {
  return family === 6 || LOCAL_RANGES.some(([first, bits]) => word >>> (32 - bits) === first >>> (32 - bits));
}
