// The keyed hash of the reference: @noble/hashes, which the tests trust because blake3.json is checked against it.

import { blake3 } from '@noble/hashes/blake3.js'
import { concat } from '../../src/base/bytes.ts'
import type { KeyedHash } from '../../src/cut/tree.ts'

export const noble: KeyedHash = { hash: (key, ...parts) => blake3(concat(...parts), { key }) }
