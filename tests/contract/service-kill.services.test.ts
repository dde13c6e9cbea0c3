import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { createS3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { describeKills } from './service-kill-contract';

const MOTO_URL = process.env['VPCFLOW_TEST_MOTO_URL'] ?? '';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const connection = createS3Connection({
  settings: parseS3Settings({
    authType: 'keys',
    accessKey: KEYS.AWS_ACCESS_KEY_ID,
    secretKey: KEYS.AWS_SECRET_ACCESS_KEY,
    defaultRegion: 'us-east-1',
    endpoint: MOTO_URL,
    forcePathStyle: true,
  }),
});
const s3 = connection.clientFor('us-east-1');
const sqs = new SQSClient({
  region: 'us-east-1',
  endpoint: MOTO_URL,
  credentials: { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
});
afterAll(() => {
  connection.close();
  sqs.destroy();
});

async function createBucket(): Promise<string> {
  const name = `vpcflow-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

describeKills('the service over S3 and SQS', async (root) => {
  const [storage, progress] = [await createBucket(), await createBucket()];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `vpcflow-${randomUUID()}` }));
  return {
    environment: KEYS,
    meanwhile: [204, 404],
    flags: {
      USE_IAM: 'false',
      VPCFLOW_ENDPOINT_URL: MOTO_URL,
      VPCFLOW_PATH_STYLE: true,
      VPCFLOW_DATA_DIR: root,
      DIGEST_STORAGE_BUCKET: storage,
      DIGEST_STORAGE_BUCKET_REGION: 'us-east-1',
      DIGEST_PROGRESS_BUCKET: progress,
      DIGEST_PROGRESS_BUCKET_REGION: 'us-east-1',
      DIGEST_QUEUE_URL: QueueUrl!,
    },
    async stored() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: storage }));
      return Contents.map(({ Key }) => Key!);
    },
    async jobs() {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
      );
      return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
    },
  };
});
