// What this program uses of Bun's own module for calling C; only executables have it.

declare module 'bun:ffi' {
  /** An address as Bun passes it around: a number that is exact up to 2^53. */
  type Address = number;
  type CType = 'ptr' | 'u32' | 'i32' | 'usize' | 'i64_fast' | 'void';

  export interface Signature {
    readonly args: readonly CType[];
    readonly returns: CType;
  }

  export interface Library<Names extends string> {
    readonly symbols: Readonly<Record<Names, (...args: readonly (Address | null)[]) => Address | null>>;
  }

  export function dlopen<Names extends string>(
    name: string,
    signatures: Readonly<Record<Names, Signature>>,
  ): Library<Names>;

  /** Address of the bytes of a buffer, which must be kept for as long as it is used. */
  export function ptr(view: ArrayBufferView): Address;

  /** A function that C can call. A thread-safe one runs on the thread that made it, later than it is called. */
  export class JSCallback {
    constructor(callback: (...args: Address[]) => unknown, options: Signature & { readonly threadsafe?: boolean });
    readonly ptr: Address | null;
  }
}
