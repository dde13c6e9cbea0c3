/** What a browser has and jsdom lacks. Grafana's components need it. */
import { TextDecoder, TextEncoder } from 'node:util';

const nothing = (): void => undefined;

class NeverIntersecting implements IntersectionObserver {
  readonly root = null;
  readonly rootMargin = '';
  readonly scrollMargin = '';
  readonly thresholds = [];
  readonly observe = nothing;
  readonly unobserve = nothing;
  readonly disconnect = nothing;
  takeRecords(): IntersectionObserverEntry[] {
    return [];
  }
}

class NeverResizing implements ResizeObserver {
  readonly observe = nothing;
  readonly unobserve = nothing;
  readonly disconnect = nothing;
}

Object.assign(globalThis, {
  TextEncoder,
  TextDecoder,
  IntersectionObserver: NeverIntersecting,
  ResizeObserver: NeverResizing,
  structuredClone: globalThis.structuredClone ?? ((value: unknown) => JSON.parse(JSON.stringify(value)) as unknown),
});

window.matchMedia = (query) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: nothing,
    removeEventListener: nothing,
    addListener: nothing,
    removeListener: nothing,
    dispatchEvent: () => false,
  }) satisfies MediaQueryList;

// Combobox measures text, and lists only what fits into its menu.
HTMLCanvasElement.prototype.getContext = (() => ({
  measureText: (text: string) => ({ width: text.length * 8 }),
})) as never;
for (const [side, pixels] of [
  ['clientHeight', 600],
  ['clientWidth', 800],
  ['offsetHeight', 600],
  ['offsetWidth', 800],
] as const) {
  Object.defineProperty(HTMLElement.prototype, side, { configurable: true, get: () => pixels });
}
HTMLElement.prototype.scrollIntoView = nothing;
URL.canParse ??= (url, base) => {
  try {
    return Boolean(new URL(url, base));
  } catch {
    return false;
  }
};

// Icons are files that Grafana serves; here they would only be late.
jest.mock('react-inlinesvg', () => ({ __esModule: true, default: () => null }));
