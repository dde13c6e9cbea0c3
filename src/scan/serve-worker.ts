/**
 * The worker's side of the pool, apart from the thread it runs in: requests in, replies out.
 */
import type { Answer } from '../digest/digester';
import { FlowError } from '../errors';
import { createAdder, type Adder } from './add-up';
import { createDigestSession } from './digest-session';
import type { DigestSession } from './digest-session';
import { freeBytes } from './inflate';
import { addBatch, addFiles } from './small-objects';
import type { HandOver } from './spill-parts';
import { answerBuffers, rowBuffers, type WorkerReply, type WorkerRequest } from './worker-messages';

/** The reply to a request that was done. */
type Done = Extract<WorkerReply, { type: 'done' }>;

/** A handler of requests; `reply` sends to the pool. */
export function createWorkerHandler(reply: (message: WorkerReply) => void): (request: WorkerRequest) => void {
  const sessions = new Map<number, DigestSession>();
  const adders = new Map<number, Adder>();
  const streams = new Map<number, ChunkQueue>();
  /** What waits until a part has been put aside. */
  const handingOver = new Map<number, (part: number) => void>();
  let nextPart = 1;
  const handOverFor =
    (scan: number): HandOver =>
    (part) =>
      new Promise((resolve) => {
        const id = nextPart++;
        handingOver.set(id, resolve);
        reply({ type: 'part', id, scan, part });
      });

  const answer = <T>(
    id: number,
    work: () => Promise<T>,
    result: (value: T) => Omit<Done, 'type' | 'id'> = () => ({}),
  ): void => {
    work().then(
      (value) => reply({ type: 'done', id, ...result(value) }),
      (thrown: unknown) => reply({ type: 'failed', id, error: FlowError.from(thrown).toData() }),
    );
  };
  const session = (scan: number): DigestSession => {
    const open = sessions.get(scan);
    if (!open) {
      throw new FlowError('aborted', 'cannot digest: the scan has ended');
    }
    return open;
  };

  const adder = (scan: number): Adder => {
    const open = adders.get(scan);
    if (!open) {
      throw new FlowError('aborted', 'cannot add up: the scan has ended');
    }
    return open;
  };

  return (request) => {
    switch (request.type) {
      case 'open':
        sessions.set(request.scan, createDigestSession(request.plan, request.limits, handOverFor(request.scan)));
        break;
      case 'whole':
        answer(request.id, async () =>
          session(request.scan)
            .addWhole(request.object, request.bytes)
            .finally(() => freeBytes(request.bytes)),
        );
        break;
      case 'alone':
        answer(
          request.id,
          async () =>
            session(request.scan)
              .addAlone(request.object, request.bytes)
              .finally(() => freeBytes(request.bytes)),
          (alone) => ({ alone }),
        );
        break;
      case 'batch':
        answer(
          request.id,
          async () => addBatch(session(request.scan), request.batch).finally(() => freeBytes(request.batch.bytes)),
          (outcomes) => ({ outcomes }),
        );
        break;
      case 'files':
        answer(
          request.id,
          async () => addFiles(session(request.scan), request.files),
          (files) => ({ files }),
        );
        break;
      case 'digests':
        answer(request.id, async () => session(request.scan).addDigests(request.digests));
        break;
      case 'stream': {
        const queue = createChunkQueue(() => reply({ type: 'pull', id: request.id }));
        streams.set(request.id, queue);
        answer(request.id, async () => {
          try {
            await session(request.scan).addChunks(request.object, queue.chunks);
          } finally {
            streams.delete(request.id);
          }
        });
        break;
      }
      case 'chunk':
        // An object refused by its first chunk may have another one under way.
        streams.get(request.id)?.push(request);
        break;
      case 'finish':
        try {
          const open = session(request.scan);
          for (const other of request.others) {
            // More than the limit is an error or a partial answer, whatever the others have.
            if (open.isFull()) {
              break;
            }
            if (open.absorb(other)) {
              // They were given away, and the answer is about to need as much.
              freeAll(answerBuffers(other));
            }
          }
          reply({
            ...{ type: 'done', id: request.id },
            answer: finishSession(open, request),
          });
        } catch (thrown) {
          reply({ type: 'failed', id: request.id, error: FlowError.from(thrown).toData() });
        } finally {
          sessions.delete(request.scan);
        }
        break;
      case 'give':
        answer(
          request.id,
          async () => session(request.scan).giveRows(request.own),
          (given) => ({ given }),
        );
        break;
      case 'fold':
        answer(
          request.id,
          async () => {
            const open = session(request.scan);
            sessions.delete(request.scan);
            request.given.forEach((given) => {
              open.takeRows(given);
              freeAll(rowBuffers([given]));
            });
            return open.fold(request.fold);
          },
          (folded) => ({ folded }),
        );
        break;
      case 'flush':
        answer(
          request.id,
          () =>
            session(request.scan)
              .flush()
              .finally(() => sessions.delete(request.scan)),
          (spilled) => ({ spilled }),
        );
        break;
      case 'kept':
        handingOver.get(request.id)?.(request.part);
        handingOver.delete(request.id);
        break;
      case 'openAdder':
        adders.set(request.scan, createAdder(request.plan, request.task, handOverFor(request.scan)));
        break;
      case 'addUp':
        answer(request.id, async () => adder(request.scan).add(request.segments));
        break;
      case 'finishAdder':
        answer(
          request.id,
          async () => adder(request.scan).finish(request.others),
          (addedUp) => ({ addedUp }),
        );
        adders.delete(request.scan);
        break;
      case 'drop':
        sessions.delete(request.scan);
        adders.delete(request.scan);
    }
  };
}

function freeAll(buffers: readonly ArrayBuffer[]): void {
  buffers.forEach((buffer) => freeBytes(new Uint8Array(buffer)));
}

function finishSession(
  session: DigestSession,
  { sorted, shared, keepsEnds, onto }: Extract<WorkerRequest, { type: 'finish' }>,
): Answer | undefined {
  if (!onto) {
    return session.finish({ sorted, shared, keepsEnds });
  }
  const digest = session.finishOnto(onto);
  return digest && { kind: 'digest', digest };
}

type Chunk = Extract<WorkerRequest, { type: 'chunk' }>;

interface ChunkQueue {
  push(chunk: Chunk): void;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Chunks as they come; `pull` asks for the next one. */
function createChunkQueue(pull: () => void): ChunkQueue {
  let resolve: ((chunk: Chunk) => void) | undefined;
  const waiting: Chunk[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      pull();
      const chunk = waiting.shift() ?? (await new Promise<Chunk>((done) => (resolve = done)));
      if (chunk.failure) {
        throw FlowError.fromData(chunk.failure);
      }
      if (!chunk.bytes) {
        return;
      }
      yield chunk.bytes;
    }
  }
  return {
    push(chunk) {
      const give = resolve;
      resolve = undefined;
      if (give) {
        give(chunk);
      } else {
        waiting.push(chunk);
      }
    },
    chunks: chunks(),
  };
}
