// One fuzzer, so many inputs: the same seed gives the same inputs. What crashes is made small and told as an entry of the
// corpus. Knows no clock.

import { toHex } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import type { Fuzzer } from './fuzzer.ts'
import { mutated, smallest } from './mutate.ts'

export interface Crash {
  /** As an entry of test/hostile/corpus/crashes.json. */
  readonly entry: {
    readonly name: string
    readonly fuzzer: string
    readonly why: string
    readonly hex: string
  }
  readonly seed: number
  readonly error: Error
}

/** Bytes of a run's seed. */
const runBytes = 8

/** The first input that crashes it. */
export async function round(fuzzer: Fuzzer, inputs: number, seed: number): Promise<Crash | undefined> {
  const prng = new Prng(seed)
  for (let i = 0; i < inputs; i++) {
    const input = fuzzer.seeds ? mutated(prng, fuzzer.seeds) : prng.fill(new Uint8Array(runBytes))
    const kept = input.slice()
    const error = await failureOf(fuzzer, input)
    if (error) return crashOf(fuzzer, kept, seed, error)
  }
  return undefined
}

async function failureOf(fuzzer: Fuzzer, input: Uint8Array): Promise<Error | undefined> {
  try {
    const running = fuzzer.run(input)
    if (running) await running
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function crashOf(fuzzer: Fuzzer, input: Uint8Array, seed: number, error: Error): Crash {
  const least = fuzzer.seeds ? smallest(input, bytes => crashes(fuzzer, bytes)) : input
  const why = error.message
  return {
    entry: { name: `${fuzzer.name}: ${why}`, fuzzer: fuzzer.name, why, hex: toHex(least) },
    seed,
    error,
  }
}

function crashes(fuzzer: Fuzzer, input: Uint8Array): boolean {
  try {
    void fuzzer.run(input.slice())
    return false
  } catch {
    return true
  }
}
