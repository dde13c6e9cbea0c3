/** The colours of what became of traffic. */
import type { ActionShares } from '../view/graph-model';
import type { FieldConfig } from './frame';

/** Colours by action, as `#rrggbb`. */
export const ACTION_COLORS = { ACCEPT: '#56a64b', REJECT: '#e02f44', none: '#8e8e8e' } as const;

/** A field of one action in its colour; nothing for other texts. */
export function actionColor(action: string | undefined): Pick<FieldConfig, 'color'> {
  return action === 'ACCEPT' || action === 'REJECT'
    ? { color: { mode: 'fixed', fixedColor: ACTION_COLORS[action] } }
    : {};
}

/**
 * Shares of records by what became of them. By records and not by bytes, because what was refused has hardly any bytes: a
 * port scan beside a database would not show.
 */
export function sharesOfFlows(flows: number, { accept, reject }: FlowsByAction): ActionShares {
  const share = (part: number): number => (flows === 0 ? 0 : part / flows);
  const none = flows - accept.flows - reject.flows;
  return { accept: share(accept.flows), reject: share(reject.flows), none: share(none) };
}

/** Records that were accepted and rejected. */
interface FlowsByAction {
  readonly accept: { readonly flows: number };
  readonly reject: { readonly flows: number };
}

/** From green to red by the share of rejects, grey by the share without an action. */
export function mixColor(shares: ActionShares): string {
  const parts = [
    [ACTION_COLORS.ACCEPT, shares.accept],
    [ACTION_COLORS.REJECT, shares.reject],
    [ACTION_COLORS.none, shares.none],
  ] as const;
  const channels = [1, 3, 5].map((at) => {
    const sum = parts.reduce((total, [color, share]) => total + parseInt(color.slice(at, at + 2), 16) * share, 0);
    return Math.round(sum).toString(16).padStart(2, '0');
  });
  return `#${channels.join('')}`;
}
