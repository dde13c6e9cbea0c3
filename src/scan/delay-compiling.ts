/** What runs once is done before it would have been worth compiling. */

/** How many times as often as usual code has to run at first before it is compiled. */
const SCALE = 30;
/** From then on what is called per object has been called often enough. */
const DELAY_MS = 1000;

/** What Bun offers for that. */
interface Runtime {
  readonly Bun?: { readonly unsafe?: { setJITPolicy?(scale: number): void } };
}

/**
 * Lets this thread interpret its JavaScript for longer at first, where the runtime can: for a process that may end soon.
 * Functions that are called once per object are not worth compiling for some hundred objects; loops over rows still are.
 */
export function delayCompiling(): void {
  const { unsafe } = (globalThis as Runtime).Bun ?? {};
  if (unsafe?.setJITPolicy) {
    unsafe.setJITPolicy(SCALE);
    setTimeout(() => unsafe.setJITPolicy!(1), DELAY_MS).unref();
  }
}
