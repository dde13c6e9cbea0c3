/**
 * What is used of WebAssembly, for modules that come as base64 (`tools/build-kernel.ts`).
 */

/** What is used of WebAssembly's interface in JavaScript. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
  RuntimeError: new () => Error;
};

/** Modules of this process by the name of what they are of. */
export type CompiledModules = Readonly<Record<string, object | undefined>>;

const modules: Record<string, object | undefined> = {};

/** The module of this name, compiled the first time; `undefined` where the machine has no SIMD. */
export function compileModule(name: string, code: string): object | undefined {
  if (!(name in modules)) {
    modules[name] = compile(code);
  }
  return modules[name];
}

/**
 * Takes over what another thread has compiled. A runtime compiles a module again, and better, while it runs, which is done
 * once for all threads that share it.
 */
export function takeModules(compiled: CompiledModules): void {
  Object.assign(modules, compiled);
}

function compile(code: string): object | undefined {
  try {
    return new WebAssembly.Module(decode(code));
  } catch {
    return undefined;
  }
}

/** What an instance of the module, with memory of its own, exports. */
export function startModule(compiled: object, imports: object): object {
  return new WebAssembly.Instance(compiled, imports).exports;
}

/** True of an error that WebAssembly code has thrown. */
export function isTrap(thrown: unknown): thrown is Error {
  return thrown instanceof WebAssembly.RuntimeError;
}

/** Bytes from base64; character by character, which takes some milliseconds, only where the runtime cannot yet do it. */
function decode(text: string): Uint8Array {
  const { fromBase64 } = Uint8Array as { readonly fromBase64?: (text: string) => Uint8Array };
  return fromBase64?.call(Uint8Array, text) ?? Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
