/** As whom S3 is read: what of the settings decides what may be read, and which S3 it is. */
import type { S3Settings } from './s3-settings';

/**
 * Equal for settings that sign in alike at the same place. Without secrets: who has listed something with an access key has
 * had its secret too.
 */
export function readerIdentity(settings: S3Settings): string {
  const { authType, profile, accessKey, assumeRoleArn, externalId, region, endpoint, stsEndpoint } = settings;
  return JSON.stringify([authType, profile, accessKey, assumeRoleArn, externalId, region, endpoint, stsEndpoint]);
}
