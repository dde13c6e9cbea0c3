import type { SourceHealth } from '../../../src/plugin/check-source';
import { reduceHealth } from '../../../src/plugin/reduce-health';
import { parseDataSourceSettings } from '../../../src/plugin/settings';
import { makeInput, ROLE } from './data-source-input';

const EXTERNAL_ID = 'shared-secret-id';
const SOURCE = { location: 's3://logs/team', name: 'team', roleArn: ROLE, externalId: EXTERNAL_ID };
const [settings] = parseDataSourceSettings(makeInput({ sources: [SOURCE] })).sources;
const SESSION = 'arn:aws-us-gov:sts::123456789012:assumed-role/read-logs/grafana';

const BASE: SourceHealth = {
  name: 'team',
  location: 's3://logs/team',
  status: 'error',
  message: '',
  fix: `Allow sts:AssumeRole on ${ROLE} (the external id ${EXTERNAL_ID} is sent).`,
  missingAction: 'sts:AssumeRole',
  identity: { arn: SESSION, accountId: '123456789012' } as SourceHealth['identity'],
  identityNote: 'note of identity',
  prefixesFound: ['other-team/'],
};

test.each<[string, Partial<SourceHealth>, string]>([
  [
    'a role',
    { step: 'credentials', code: 'access-denied', message: `cannot assume ${ROLE}` },
    'cannot get credentials',
  ],
  [
    'a refusal',
    { step: 'list', code: 'access-denied', message: `cannot list: ${SESSION} with ${EXTERNAL_ID}, may not` },
    'may not',
  ],
  [
    'other folders',
    { step: 'list', code: 'not-found', message: 'nothing; logs has other-team/' },
    'cannot find flow logs below s3://logs/team',
  ],
  [
    'what could not be listed',
    { status: 'warning', message: `5 fields. Not all could be listed: ${ROLE}` },
    '5 fields',
  ],
])('names neither identities nor what is beside the prefix: %s', (_, health, kept) => {
  const reduced = reduceHealth({ ...BASE, ...health }, settings!);
  expect(reduced.message).toContain(kept);
  expect(reduced.status).toBe(health.status ?? 'error');
  const text = JSON.stringify(reduced);
  for (const hidden of [ROLE, SESSION, EXTERNAL_ID, 'other-team', 'note of', 'assumed-role']) {
    expect(text).not.toContain(hidden);
  }
});
