// Both twins of host/confined.ts through the suites they share.

import { describe, expect, test } from 'vitest'
import { native } from '../../src/host/addon.ts'
import { openConfined } from '../../src/host/confined.ts'
import { scratch } from '../pool/scratch.ts'
import { confinedSuite } from '../suites/confined.ts'
import { confinedAttackSuite } from '../suites/confined_attacks.ts'

const { addon } = native()

confinedSuite('portable', directory => openConfined(directory, {}), scratch)
confinedAttackSuite('portable', directory => openConfined(directory, {}), scratch)

test('the portable twin is what is opened where there is no addon', () => {
  expect(openConfined(scratch(), {}).kind).toBe('portable')
})

describe.skipIf(!addon)('with the addon', () => {
  confinedSuite('native', directory => openConfined(directory, addon), scratch)
  confinedAttackSuite('native', directory => openConfined(directory, addon), scratch)
  test('the native twin is what is opened', () => expect(openConfined(scratch(), addon).kind).toBe('native'))
})
