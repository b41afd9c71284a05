// Every fuzzer there is. To add one: a row in the file of its subject.

import { connectionFuzzer } from './connections.ts'
import { contentFuzzers } from './contents.ts'
import { diskFuzzers } from './disk.ts'
import type { Fuzzer } from './fuzzer.ts'
import { textFuzzers } from './texts.ts'
import { transferFuzzers } from './transfers.ts'
import { wireFuzzers } from './wire.ts'

export const fuzzers: readonly Fuzzer[] = [
  ...wireFuzzers,
  ...contentFuzzers,
  ...textFuzzers,
  ...diskFuzzers,
  connectionFuzzer,
  ...transferFuzzers,
]
