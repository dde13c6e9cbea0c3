/**
 * The side of the thread that makes answers, apart from the thread it runs in: jobs in, frames and texts out.
 */
import { FlowError } from '../errors';
import type { AnswerJobs, AnswerKind, AnswerReply, AnswerRequest, BuiltAnswers } from './answer-job';
import { buildCompletenessFrames, buildFrames } from './build-frames';
import { printGraph } from './print-graph';

/**
 * A handler of requests. `reply` sends to the main thread, with the memory that is given away; `clock` counts milliseconds
 * from any start.
 */
export function createAnswerHandler(
  reply: (message: AnswerReply, transfer: readonly ArrayBuffer[]) => void,
  clock: () => number,
): (request: AnswerRequest) => Promise<void> {
  return async ({ id, job }) => {
    try {
      const answer = await build(job, clock);
      reply({ id, answer }, typeof answer === 'string' ? [] : buffersOf(answer.frames));
    } catch (thrown) {
      const error = FlowError.from(thrown);
      const { stack } = thrown instanceof Error ? thrown : error;
      reply({ id, error: error.toData(), ...(error.code === 'internal' ? { stack } : {}) }, []);
    }
  };
}

async function build(job: AnswerJobs[AnswerKind], clock: () => number): Promise<BuiltAnswers[AnswerKind]> {
  switch (job.kind) {
    case 'frames':
      return buildFrames(job, clock);
    case 'completeness':
      return buildCompletenessFrames(job);
    case 'graph':
      return await printGraph(job);
  }
}

function buffersOf(frames: readonly Uint8Array[]): readonly ArrayBuffer[] {
  return [...new Set(frames.map(({ buffer }) => buffer))].filter((buffer) => buffer instanceof ArrayBuffer);
}
