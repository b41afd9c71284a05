// Parameters: what is said comes over, what is not said has its initial value.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { isViolation } from '../../src/wire/codes.ts'
import {
  decodePayload,
  defaultParameters,
  encodePayload,
  type Parameters,
  parameterTable,
} from '../../src/wire/params.ts'

const within = (name: keyof Parameters) =>
  fc.integer({ min: parameterTable[name].least, max: parameterTable[name].most })

const parameters = fc.record({
  datagramBytesMax: within('datagramBytesMax'),
  idleTimeoutMillis: within('idleTimeoutMillis'),
  connectionWindowBytes: within('connectionWindowBytes'),
  streamWindowBytes: within('streamWindowBytes'),
  streamsMax: within('streamsMax'),
  ecn: within('ecn'),
  pathsMax: within('pathsMax'),
})

test('any parameters within bounds come over, with the frames behind them', () => {
  fc.assert(
    fc.property(
      parameters,
      fc.option(fc.nat(255), { nil: undefined }),
      fc.uint8Array(),
      (said, suite, frames) => {
        const payload = encodePayload(said, suite, frames)
        const offered = suite === undefined ? undefined : Uint8Array.of(1, suite)
        expect(decodePayload(payload, offered)).toEqual({ parameters: said, suite, frames })
      },
    ),
  )
})

test('§5-11: each parameter passes at its bounds and not one beyond', () => {
  for (const name of Object.keys(parameterTable) as (keyof Parameters)[]) {
    const { least, most } = parameterTable[name]
    for (const [value, isGood] of [
      [least, true],
      [most, true],
      [most + 1, false],
      [least - 1, false],
    ] as const) {
      if (value < 0) continue
      const payload = encodePayload({ ...defaultParameters, [name]: value }, undefined, new Uint8Array(0))
      const decoded = decodePayload(payload)
      expect(isViolation(decoded) ? decoded.code : 'ok', `${name} ${value}`).toBe(
        isGood ? 'ok' : 'PARAMETER_ERROR',
      )
    }
  }
})

test('what has its initial value is not said', () => {
  expect(toHex(encodePayload(defaultParameters, undefined, Uint8Array.of(1)))).toBe('0001')
})
