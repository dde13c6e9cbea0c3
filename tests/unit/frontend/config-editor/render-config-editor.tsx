/** The config editor in a page like Grafana's: options that change, a save that loads them anew, HTTP answers by path. */
import { EventBusSrv, PluginContextProvider, PluginType, type DataSourcePluginMeta } from '@grafana/data';
import { config, setAppEvents, setBackendSrv } from '@grafana/runtime';
import { act, render, within } from '@testing-library/react';
import userEvent, { PointerEventsCheckLevel } from '@testing-library/user-event';
import { useState } from 'react';
import type { Options } from '../../../../src/frontend/config-editor/settings-form';
import { ConfigEditor } from '../../../../src/frontend/ConfigEditor';

const UID = 'flow';
const META = { id: 'vpcflow-flowlogs-datasource', type: PluginType.datasource, info: {} } as DataSourcePluginMeta;

/** What the backend says to a path below the data source's, or throws. */
export type Answers = Readonly<Record<string, (parameters: Record<string, unknown>) => unknown>>;

export interface Page {
  /** As they are now. */
  options(): Options;
  /** What "Save & test" does to the options. */
  save(): void;
  /** Of all requests, in their order. */
  readonly requests: readonly { readonly path: string; readonly parameters: Record<string, unknown> }[];
}

export function renderConfigEditor(settings: Partial<Options> = {}, answers: Answers = {}): Page {
  const requests: { path: string; parameters: Record<string, unknown> }[] = [];
  config.awsAllowedAuthProviders = ['default', 'keys', 'credentials', 'ec2_iam_role', 'grafana_assume_role'];
  config.awsAssumeRoleEnabled = true;
  setAppEvents(new EventBusSrv());
  setBackendSrv({
    get: async (url: string, parameters: Record<string, unknown> = {}) => {
      const path = url.replace(`/api/datasources/uid/${UID}/`, '');
      requests.push({ path, parameters });
      const answer = answers[path];
      if (answer === undefined) {
        throw { status: 404, data: { message: `no ${path}` } };
      }
      return answer(parameters);
    },
  } as never);
  let current = {
    uid: UID,
    type: META.id,
    name: 'Flow logs',
    version: 1,
    readOnly: false,
    jsonData: {},
    secureJsonFields: {},
    ...settings,
  } as Options;
  let show: (options: Options) => void = () => undefined;
  const change = (options: Options) => {
    current = options;
    show(options);
  };
  function Holder() {
    const [options, setOptions] = useState(current);
    show = setOptions;
    return (
      <PluginContextProvider meta={META}>
        <ConfigEditor options={options} onOptionsChange={change} />
      </PluginContextProvider>
    );
  }
  render(<Holder />);
  return {
    requests,
    options: () => current,
    save() {
      const { secureJsonData, ...loaded } = current;
      const typed = Object.entries(secureJsonData ?? {}).map(([name, value]) => [name, value !== '']);
      act(() =>
        change({
          ...loaded,
          version: (loaded.version ?? 0) + 1,
          secureJsonFields: { ...loaded.secureJsonFields, ...(Object.fromEntries(typed) as Record<string, boolean>) },
        }),
      );
    },
  };
}

/** Without looking at styles, which takes seconds on a page of this size in jsdom. */
export const user = userEvent.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never });

/** Puts a text into a field at once, in place of what is there. */
export async function enter(field: HTMLElement, text: string): Promise<void> {
  await user.clear(field);
  await user.click(field);
  await user.paste(text);
}

/** The button of that name; `getByRole` would look at the styles of all of them. */
export function button(name: string | RegExp, within: ParentNode = document): HTMLButtonElement {
  const found = findButtons(name, within);
  if (found.length !== 1) {
    throw new Error(`${found.length} buttons are called ${name}`);
  }
  return found[0]!;
}

/** All buttons of that name. */
export function findButtons(name: string | RegExp, within: ParentNode = document): readonly HTMLButtonElement[] {
  return [...within.querySelectorAll('button')].filter((candidate) => {
    const text = candidate.getAttribute('aria-label') ?? candidate.textContent?.trim() ?? '';
    return typeof name === 'string' ? text === name : name.test(text);
  });
}

/** What lies in the card of the source that has the title. */
export function card(title: string) {
  const element = document.querySelector<HTMLElement>(`[role="group"][aria-label="${title}"]`);
  if (element === null) {
    throw new Error(`no source is called ${title}`);
  }
  return { ...within(element), button: (name: string | RegExp) => button(name, element) };
}
