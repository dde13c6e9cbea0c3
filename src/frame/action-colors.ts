/** The colours of what became of traffic. */
import type { FieldConfig } from './frame';

/** Colours by action, as `#rrggbb`. */
export const ACTION_COLORS = { ACCEPT: '#56a64b', REJECT: '#e02f44', none: '#8e8e8e' } as const;

/** A field of one action in its colour; nothing for other texts. */
export function actionColor(action: string | undefined): Pick<FieldConfig, 'color'> {
  return action === 'ACCEPT' || action === 'REJECT'
    ? { color: { mode: 'fixed', fixedColor: ACTION_COLORS[action] } }
    : {};
}

/** From green to red by the share of rejects, grey by the share without an action. */
export function mixColor(shares: { readonly accept: number; readonly reject: number; readonly none: number }): string {
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
