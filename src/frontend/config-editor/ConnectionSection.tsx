import { ConnectionConfig, standardRegions } from '@grafana/aws-sdk';
import { Field, Input, SecretInput } from '@grafana/ui';
import { Fields } from './Fields';
import { isHttpUrl } from './is-http-url';
import type { ConfigEditorProps, SettingsForm } from './settings-form';

/** Signing in to AWS, as in Grafana's AWS data sources, and the few settings that those have no field for. */
export function ConnectionSection({ editor, form }: { editor: ConfigEditorProps; form: SettingsForm }) {
  const { json, isReadOnly, set } = form;
  const sessionToken = form.secret('sessionToken');
  const isStsWrong = !isHttpUrl(json.stsEndpoint);
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
        <Field
          label="STS Endpoint"
          description="Optional. Where roles are assumed, if not at AWS’s own address. The endpoint above is S3’s only."
          htmlFor="stsEndpoint"
          invalid={isStsWrong}
          error={isStsWrong && 'This is not a URL with http:// or https:// and a host.'}
        >
          <Input
            id="stsEndpoint"
            placeholder="https://sts.{region}.amazonaws.com"
            value={json.stsEndpoint ?? ''}
            onChange={({ currentTarget }) => set('stsEndpoint', currentTarget.value)}
          />
        </Field>
      </ConnectionConfig>
    </Fields>
  );
}
