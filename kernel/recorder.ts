/**
 * Whose interface recorded what, to count a flow once of which several have records: `src/digest/count-once.ts` says how and
 * why. What is known of an object's interfaces lies in a list with an index (addresses that are an interface's own) and in a
 * table by the number of the interface (addresses that may be).
 */
import { allocate, allocateZeros } from './memory';
import { FAMILY_SHIFT, MISSING, WORD_SHIFT, families, words } from './registers';

/** Stands for any interface. */
const ANYONE: u32 = 0xfffffffe;

// An owned address: interface, word, family; and of `ANYONE` whose it is, where candidates tell that.
const OWN_BYTES: usize = 16;
/** A direction told that an address is an interface's. */
const TOLD: u32 = 0xffffffff;
let own: usize = 0;
let ownRoom: u32 = 0;
let ownCount: u32 = 0;
/** Places in the list, from 1 on; 0 is free. */
let index: usize = 0;
let mask: u32 = 0;

// Per interface and family what may be its address: two words, and which of the two still may.
const CANDIDATE_BYTES: usize = 12;
const FIRST: u32 = 1;
const SECOND: u32 = 2;
const TOUCHED: u32 = 4;
let candidates: usize = 0;
let candidateRoom: u32 = 0;
/** Those of them that this object has. */
let touched: usize = 0;
let touchedRoom: u32 = 0;
let touchedCount: u32 = 0;

/** Actions that the object's records have: 1 for ACCEPT, 2 for REJECT. */
let actions: u32 = 0;

/** Numbers of interfaces that count as if they were not logged. */
let hops: usize = 0;
let hopsEnd: usize = 0;

/** Set by `setRecorder`: flows are to count once. */
export let countsOnce: bool = false;

let recorderSlot: usize = 0;
let sourceSlot: usize = 0;
let sourceFamilySlot: usize = 0;
let targetSlot: usize = 0;
let targetFamilySlot: usize = 0;
let directionSlot: usize = 0;
let actionSlot: usize = 0;
let senderKeySlot: usize = 0;
let senderKeyFamilySlot: usize = 0;
let recorderKeySlot: usize = 0;
let egress: u32 = 0;
let ingress: u32 = 0;
let reject: u32 = 0;

/** Where the fields are, the keys that tell copies, and the numbers of texts; after `setRegisters`. */
export function setRecorder(
  recorder: u32,
  source: u32,
  target: u32,
  direction: u32,
  action: u32,
  senderKey: u32,
  recorderKey: u32,
  egressText: u32,
  ingressText: u32,
  rejectText: u32,
): void {
  countsOnce = true;
  recorderSlot = <usize>recorder << WORD_SHIFT;
  sourceSlot = <usize>source << WORD_SHIFT;
  sourceFamilySlot = <usize>source << FAMILY_SHIFT;
  targetSlot = <usize>target << WORD_SHIFT;
  targetFamilySlot = <usize>target << FAMILY_SHIFT;
  directionSlot = <usize>direction << WORD_SHIFT;
  actionSlot = <usize>action << WORD_SHIFT;
  senderKeySlot = <usize>senderKey << WORD_SHIFT;
  senderKeyFamilySlot = <usize>senderKey << FAMILY_SHIFT;
  recorderKeySlot = <usize>recorderKey << WORD_SHIFT;
  egress = egressText;
  ingress = ingressText;
  reject = rejectText;
  ownRoom = 256;
  own = allocate(<usize>ownRoom * OWN_BYTES);
  mask = 1023;
  index = allocateZeros(<usize>(mask + 1) << 2);
  candidateRoom = 512;
  candidates = allocateZeros(<usize>candidateRoom * CANDIDATE_BYTES);
  touchedRoom = 512;
  touched = allocate(<usize>touchedRoom << 2);
}

/** Interfaces that count as if they were not logged: `count` numbers. */
export function setHops(at: usize, count: u32): void {
  hops = at;
  hopsEnd = at + (<usize>count << 2);
}

// @ts-ignore: decorator
@inline
function isHop(recorder: u32): bool {
  for (let hop = hops; hop < hopsEnd; hop += 4) {
    if (load<u32>(hop) == recorder) {
      return true;
    }
  }
  return false;
}

/** Forgets what was learned. */
export function forgetRecorders(): void {
  actions = 0;
  if (ownCount > 0) {
    ownCount = 0;
    memory.fill(index, 0, <usize>(mask + 1) << 2);
  }
  for (let i: u32 = 0; i < touchedCount; i++) {
    store<u32>(candidates + <usize>load<u32>(touched + (<usize>i << 2)) * CANDIDATE_BYTES, 0, 8);
  }
  touchedCount = 0;
}

/** Learns from the record in the registers. */
export function learnRecord(): void {
  const recorder = load<u32>(words + recorderSlot);
  if (isHop(recorder)) {
    return;
  }
  const direction = load<u32>(words + directionSlot);
  if (load<u8>(families + sourceFamilySlot) != 0) {
    actions |= load<u32>(words + actionSlot) == reject ? 2 : 1;
  }
  if (direction == egress) {
    give(recorder, <u32>load<u8>(families + sourceFamilySlot), load<u32>(words + sourceSlot));
    return;
  }
  if (direction == ingress) {
    give(recorder, <u32>load<u8>(families + targetFamilySlot), load<u32>(words + targetSlot));
    return;
  }
  const family = <u32>load<u8>(families + sourceFamilySlot);
  if (recorder == MISSING || family == 0 || <u32>load<u8>(families + targetFamilySlot) != family) {
    return;
  }
  const place = placeOf(recorder, family);
  if (place >= candidateRoom) {
    growCandidates(place);
  }
  const candidate = candidates + <usize>place * CANDIDATE_BYTES;
  const source = load<u32>(words + sourceSlot);
  const target = load<u32>(words + targetSlot);
  const state = load<u32>(candidate, 8);
  let next = state;
  if (state == 0) {
    touch(place);
    store<u32>(candidate, source);
    store<u32>(candidate, target, 4);
    next = source == target ? TOUCHED | FIRST : TOUCHED | FIRST | SECOND;
  } else {
    const first = load<u32>(candidate);
    const second = load<u32>(candidate, 4);
    if (first != source && first != target) {
      next &= ~FIRST;
    }
    if (second != source && second != target) {
      next &= ~SECOND;
    }
    if (next == state) {
      return;
    }
  }
  store<u32>(candidate, next, 8);
  if (next == (TOUCHED | FIRST)) {
    hold(recorder, family, load<u32>(candidate));
  } else if (next == (TOUCHED | SECOND)) {
    hold(recorder, family, load<u32>(candidate, 4));
  }
}

/** Whether the record in the registers is a copy; otherwise the keys are filled that tell copies of other records. */
// @ts-ignore: decorator
@inline
export function isCopy(): bool {
  store<u32>(words + senderKeySlot, MISSING);
  store<u8>(families + senderKeyFamilySlot, 0);
  store<u32>(words + recorderKeySlot, MISSING);
  if (load<u32>(words + actionSlot) == reject) {
    return false;
  }
  if (isHop(load<u32>(words + recorderSlot))) {
    return true;
  }
  const direction = load<u32>(words + directionSlot);
  const family = <u32>load<u8>(families + sourceFamilySlot);
  if (direction == egress || family == 0) {
    return false;
  }
  const sender = load<u32>(words + sourceSlot);
  let isOpen = false;
  if (direction != ingress) {
    const recorder = load<u32>(words + recorderSlot);
    if (recorder == MISSING) {
      return false;
    }
    if (isLeft(recorder, family, sender) || find(recorder, family, sender) != 0) {
      return false;
    }
    const place = placeOf(recorder, family);
    isOpen =
      place < candidateRoom &&
      load<u32>(candidates + <usize>place * CANDIDATE_BYTES, 8) == (TOUCHED | FIRST | SECOND);
  }
  const known = find(ANYONE, family, sender);
  if (known != 0) {
    const holder = load<u32>(known, 12);
    if (holder == TOLD || isLeft(holder, family, sender)) {
      return true;
    }
  }
  if (isLocal(family, sender)) {
    store<u32>(words + senderKeySlot, sender);
    store<u8>(families + senderKeyFamilySlot, <u8>family);
    if (isOpen) {
      store<u32>(words + recorderKeySlot, load<u32>(words + recorderSlot));
    }
  }
  return false;
}

/** Where the list of owned addresses (0) and of candidates (1) is, and those of the candidates that were met (2). */
export function recordersAt(what: u32): usize {
  return what == 0 ? own : what == 1 ? candidates : touched;
}

/** How many owned addresses there are (0), those of `ANYONE` among them, how many candidates were met (1), and the actions (2). */
export function countRecorders(what: u32): u32 {
  return what == 0 ? ownCount : what == 1 ? touchedCount : actions;
}

/** A direction tells that an address is an interface's own. */
// @ts-ignore: decorator
@inline
function give(recorder: u32, family: u32, word: u32): void {
  if (family != 0 && find(recorder, family, word) == 0) {
    insert(recorder, family, word);
    store<u32>(insert(ANYONE, family, word), TOLD, 12);
  }
}

/** An address is the one candidate that is left to an interface. */
function hold(recorder: u32, family: u32, word: u32): void {
  if (isLocal(family, word)) {
    const known = insert(ANYONE, family, word);
    if (load<u32>(known, 12) != TOLD) {
      store<u32>(known, recorder, 12);
    }
  }
}

/** Whether that alone can be the interface's address. */
// @ts-ignore: decorator
@inline
function isLeft(recorder: u32, family: u32, word: u32): bool {
  const place = placeOf(recorder, family);
  if (place >= candidateRoom) {
    return false;
  }
  const candidate = candidates + <usize>place * CANDIDATE_BYTES;
  const state = load<u32>(candidate, 8);
  return (
    ((state == (TOUCHED | FIRST) && load<u32>(candidate) == word) ||
      (state == (TOUCHED | SECOND) && load<u32>(candidate, 4) == word)) &&
    isLocal(family, word)
  );
}

// @ts-ignore: decorator
@inline
function hashOf(recorder: u32, family: u32, word: u32): u32 {
  let hash = ((<u64>(recorder ^ (family << 29)) << 32) | <u64>word) * 0xff51afd7ed558ccd;
  hash ^= hash >> 32;
  return <u32>hash;
}

/** The entry of an address; 0 for none. */
// @ts-ignore: decorator
@inline
function find(recorder: u32, family: u32, word: u32): usize {
  let slot = hashOf(recorder, family, word) & mask;
  while (true) {
    const place = load<u32>(index + (<usize>slot << 2));
    if (place == 0) {
      return 0;
    }
    if (isAt(place, recorder, family, word)) {
      return own + <usize>(place - 1) * OWN_BYTES;
    }
    slot = (slot + 1) & mask;
  }
}

// @ts-ignore: decorator
@inline
function isAt(place: u32, recorder: u32, family: u32, word: u32): bool {
  const at = own + <usize>(place - 1) * OWN_BYTES;
  return load<u32>(at, 4) == word && load<u32>(at) == recorder && load<u32>(at, 8) == family;
}

/** The entry of an address, which is added if it is not there. */
function insert(recorder: u32, family: u32, word: u32): usize {
  let slot = hashOf(recorder, family, word) & mask;
  while (true) {
    const place = load<u32>(index + (<usize>slot << 2));
    if (place == 0) {
      break;
    }
    if (isAt(place, recorder, family, word)) {
      return own + <usize>(place - 1) * OWN_BYTES;
    }
    slot = (slot + 1) & mask;
  }
  if (ownCount == ownRoom) {
    const larger = allocate(<usize>ownRoom * 2 * OWN_BYTES);
    memory.copy(larger, own, <usize>ownRoom * OWN_BYTES);
    own = larger;
    ownRoom *= 2;
  }
  const at = own + <usize>ownCount * OWN_BYTES;
  store<u32>(at, recorder);
  store<u32>(at, word, 4);
  store<u32>(at, family, 8);
  store<u32>(at, 0, 12);
  store<u32>(index + (<usize>slot << 2), ++ownCount);
  if (ownCount * 2 > mask) {
    growIndex();
  }
  return at;
}

function growIndex(): void {
  mask = mask * 2 + 1;
  index = allocateZeros(<usize>(mask + 1) << 2);
  for (let i: u32 = 0; i < ownCount; i++) {
    const at = own + <usize>i * OWN_BYTES;
    let slot = hashOf(load<u32>(at), load<u32>(at, 8), load<u32>(at, 4)) & mask;
    while (load<u32>(index + (<usize>slot << 2)) != 0) {
      slot = (slot + 1) & mask;
    }
    store<u32>(index + (<usize>slot << 2), i + 1);
  }
}

// @ts-ignore: decorator
@inline
function placeOf(recorder: u32, family: u32): u32 {
  return (recorder << 1) | (family == 6 ? 1 : 0);
}

function growCandidates(place: u32): void {
  const room = max<u32>(candidateRoom * 2, place + 1);
  const larger = allocateZeros(<usize>room * CANDIDATE_BYTES);
  memory.copy(larger, candidates, <usize>candidateRoom * CANDIDATE_BYTES);
  candidates = larger;
  candidateRoom = room;
}

function touch(place: u32): void {
  if (touchedCount == touchedRoom) {
    const larger = allocate((<usize>touchedRoom * 2) << 2);
    memory.copy(larger, touched, <usize>touchedRoom << 2);
    touched = larger;
    touchedRoom *= 2;
  }
  store<u32>(touched + (<usize>touchedCount << 2), place);
  touchedCount++;
}

/** Whether an interface can have the address: one of a private range, or of IPv6, where addresses are public. */
// @ts-ignore: decorator
@inline
function isLocal(family: u32, word: u32): bool {
  return (
    family == 6 ||
    word >>> 24 == 10 ||
    word >>> 20 == 0xac1 ||
    word >>> 16 == 0xc0a8 ||
    word >>> 22 == 0x191 ||
    word >>> 17 == 0x6309
  );
}
