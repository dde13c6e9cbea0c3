import { ConnectionConfig, standardRegions } from '@grafana/aws-sdk';
import { Field, Input, SecretInput } from '@grafana/ui';
import { Fields } from './Fields';
import { isHttpUrl } from './is-http-url';
import type { ConfigEditorProps, SettingsForm } from './settings-form';

/** Those of other services than S3, whose endpoint is the one that Grafana's own fields have. */
const ENDPOINTS = [
  {
    name: 'stsEndpoint',
    label: 'STS Endpoint',
    description: 'Optional. Where roles are assumed, if not at AWS’s own address. The endpoint above is S3’s only.',
    placeholder: 'https://sts.{region}.amazonaws.com',
  },
  {
    name: 'logsEndpoint',
    label: 'CloudWatch Logs Endpoint',
    description: 'Optional. Where log groups are read, if not at AWS’s own address.',
    placeholder: 'https://logs.{region}.amazonaws.com',
  },
  {
    name: 'ec2Endpoint',
    label: 'EC2 Endpoint',
    description: 'Optional. Where flow logs are looked for, if not at AWS’s own address.',
    placeholder: 'https://ec2.{region}.amazonaws.com',
  },
] as const;

/** Signing in to AWS, as in Grafana's AWS data sources, and the few settings that those have no field for. */
export function ConnectionSection({ editor, form }: { editor: ConfigEditorProps; form: SettingsForm }) {
  const { json, isReadOnly, set } = form;
  const sessionToken = form.secret('sessionToken');
  return (
    <Fields isReadOnly={isReadOnly}>
      <ConnectionConfig {...editor} standardRegions={standardRegions} showHttpProxySettings>
        {json.authType === 'keys' && (
          <Field
            label="Session Token"
            description="Optional. Of temporary credentials; reset it when the keys become long-term ones."
            htmlFor="sessionToken"
          >
            <SecretInput
              id="sessionToken"
              autoComplete="off"
              isConfigured={sessionToken.isConfigured}
              value={sessionToken.typed}
              onChange={({ currentTarget }) => sessionToken.set(currentTarget.value)}
              onReset={sessionToken.reset}
            />
          </Field>
        )}
        {ENDPOINTS.map(({ name, label, description, placeholder }) => {
          const value = json[name] ?? '';
          const isWrong = !isHttpUrl(value);
          return (
            <Field
              key={name}
              label={label}
              description={description}
              htmlFor={name}
              invalid={isWrong}
              error={isWrong && 'This is not a URL with http:// or https:// and a host.'}
            >
              <Input
                id={name}
                placeholder={placeholder}
                value={value}
                onChange={({ currentTarget }) => set(name, currentTarget.value)}
              />
            </Field>
          );
        })}
      </ConnectionConfig>
    </Fields>
  );
}
