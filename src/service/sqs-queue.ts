/** A queue in SQS: a message is hidden from others while its holder asks for it to stay so. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { flowErrorFromAws, type AwsService, type Meaning } from '../store/aws-errors';
import type { S3Connection } from '../store/s3-connection';
import { parseJob, printJob } from './job';
import type { JobQueue } from './job-queue';
import type { ProductKind } from './window';

/** SQS's own bounds. */
const MAX_HIDDEN_SEC = 43_200;
const WAIT_SEC = 5;

const NO_QUEUE: Meaning = ['unavailable', 'there is no such queue'];
const SQS: AwsService = {
  name: 'SQS',
  byName: { QueueDoesNotExist: NO_QUEUE, 'AWS.SimpleQueueService.NonExistentQueue': NO_QUEUE },
  // Jobs wait until it is mended, whatever it is.
  otherwise: () => ['unavailable', 'SQS does not accept the request'],
};

/** The queue of a URL. Its region is that of the host name, else that of the settings. */
export function createSqsQueue({
  kind,
  url,
  holdMs,
  connection,
}: {
  readonly kind: ProductKind;
  readonly url: string;
  readonly holdMs: number;
  readonly connection: S3Connection;
}): JobQueue {
  const { settings, credentials, requestHandler } = connection;
  const { hostname, origin } = new URL(url);
  const isAws = /\.amazonaws\.com(?:\.cn)?$/.test(hostname);
  const client = new SQSClient({
    region: /^sqs\.([a-z0-9-]+)\./.exec(hostname)?.[1] ?? settings.region ?? 'us-east-1',
    credentials,
    requestHandler,
    endpoint: isAws ? undefined : origin,
    // A queue of an SQS-compatible server is where its URL says.
    useQueueUrlAsEndpoint: isAws,
  });
  const holdSec = Math.max(1, Math.ceil(holdMs / 1000));
  const guard = async <T>(doing: string, action: string, result: Promise<T>): Promise<T> => {
    try {
      return await result;
    } catch (thrown) {
      throw flowErrorFromAws(thrown, { doing, action, fields: { url } }, SQS);
    }
  };
  const hide = (ReceiptHandle: string, seconds: number): Promise<unknown> =>
    guard(
      `hold a message of ${url}`,
      'sqs:ChangeMessageVisibility',
      client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle,
          VisibilityTimeout: Math.min(MAX_HIDDEN_SEC, seconds),
        }),
      ),
    );
  const remove = (ReceiptHandle: string): Promise<unknown> =>
    guard(
      `remove a message of ${url}`,
      'sqs:DeleteMessage',
      client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle })),
    );

  return {
    name: url,
    async push(job) {
      const command = new SendMessageCommand({ QueueUrl: url, MessageBody: printJob(job) });
      await guard(`send to ${url}`, 'sqs:SendMessage', client.send(command));
    },
    holds: () => Promise.resolve(undefined),
    async take(signal) {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 1,
        VisibilityTimeout: holdSec,
        WaitTimeSeconds: WAIT_SEC,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      });
      let received;
      try {
        received = await client.send(command, { abortSignal: signal });
      } catch (thrown) {
        if (signal.aborted) {
          return undefined;
        }
        return guard(`receive from ${url}`, 'sqs:ReceiveMessage', Promise.reject(thrown));
      }
      const [message] = received.Messages ?? [];
      if (message?.ReceiptHandle === undefined) {
        return undefined;
      }
      const handle = message.ReceiptHandle;
      let job;
      try {
        job = parseJob(kind, message.Body ?? '');
      } catch {
        // Not for us: a dead-letter queue takes it when it has come back often enough.
        return undefined;
      }
      return {
        job,
        attempts: Math.max(0, Number(message.Attributes?.ApproximateReceiveCount ?? 1) - 1),
        async finish() {
          await remove(handle);
        },
        async giveBack({ delayMs }) {
          await hide(handle, Math.ceil(delayMs / 1000));
        },
        async hold() {
          await hide(handle, holdSec);
        },
      };
    },
    async depth() {
      const { Attributes } = await readAttributes();
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    },
    async check() {
      await readAttributes();
    },
  };

  function readAttributes() {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] });
    return guard(`look at ${url}`, 'sqs:GetQueueAttributes', client.send(command));
  }
}
