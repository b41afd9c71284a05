// What fuzzing found once stays found: each input is played through its fuzzer again. corpus/crashes.json

import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { fuzzers } from '../fuzz/all.ts'
import { bytesOf, type Case, casesOf } from './corpus.ts'

interface CrashCase extends Case {
  readonly fuzzer: string
  readonly hex: string
}

for (const one of casesOf<CrashCase>('crashes'))
  test(`${one.name}: ${one.why}`, async () => {
    const fuzzer = must(
      fuzzers.find(({ name }) => name === one.fuzzer),
      `a fuzzer ${one.fuzzer}`,
    )
    await expect(Promise.resolve(fuzzer.run(bytesOf(one.hex)))).resolves.toBe(undefined)
  })
