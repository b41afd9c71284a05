// What a fuzzer is: a name, inputs to begin with, and something that takes any bytes at all. Throwing is a crash, whoever
// throws: the code or what the fuzzer expects of it.

export interface Fuzzer {
  readonly name: string
  /** Changed into inputs; none of them empty. Left out: inputs are eight bytes of chance, the seed of a whole run. */
  readonly seeds?: readonly Uint8Array[]
  /** Of a round's inputs, how many times as many as of one that counts once. */
  readonly share: number
  run(input: Uint8Array): void | Promise<void>
}

/** Fails the input. */
export function insist(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** Of the eight bytes of a run. */
export const seedOf = (input: Uint8Array): number =>
  input.reduce((sum, byte) => (sum * 257 + byte) % Number.MAX_SAFE_INTEGER, 1)
