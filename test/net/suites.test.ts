// Which cipher two ends agree on, by real sockets: native and portable in every pairing, and one that is pinned. §6.3-1

import { describe, expect, test } from 'vitest'
import type { AeadFactory } from '../../src/crypto/aead.ts'
import { type SuiteName, suiteAegis128L, suiteAes256Gcm, suiteByName } from '../../src/crypto/suites.ts'
import { native } from '../../src/host/addon.ts'
import { aeadAddon, createNativeAead } from '../../src/host/aead_native.ts'
import { createHost, type Host } from '../../src/host/choose.ts'
import { PortablePlane } from '../../src/proto/plane/portable.ts'
import { pinSuite } from '../../src/transfer/setup.ts'
import { wireCodes } from '../../src/wire/codes.ts'
import { Owner, painted, world } from './pair.ts'

const portable = await createHost({ addon: undefined, path: undefined, why: 'a test' })
const addon = aeadAddon(native().addon)
const hasAegis = addon?.hasSuite(suiteAegis128L) === true
const nativeHost = addon ? over(createNativeAead(addon)) : portable

/** The portable plane over another's ciphers. */
function over(aead: AeadFactory): Host {
  return {
    ...portable,
    suites: aead.suites,
    createPlane: payloads => new PortablePlane(payloads, aead),
  }
}

/** The suite that both ends name when some bytes have crossed, and the bytes were the same. */
async function agreed(from: Host, to: Host): Promise<number> {
  const there = await world({ host: to })
  const link = await there.connect({ host: from })
  await there.arrived(1)
  const [there0] = there.owners
  if (there0 === undefined) throw new Error('nobody came')
  const here = new Owner(link)
  const out = link.openOrdered()
  if (out === undefined) throw new Error('no stream')
  const bytes = painted(100_000)
  out.write(bytes.slice())
  out.end()
  await there0.until(() => there0.isEnded)
  expect(Buffer.concat(there0.ordered).equals(bytes)).toBe(true)
  expect(there0.link.stats.suite).toBe(link.stats.suite)
  link.close(wireCodes.NONE.code)
  await here.until(() => here.closed !== undefined)
  await there.listener.close()
  return link.stats.suite
}

describe('two ends agree on', () => {
  test('AES-256-GCM when both are portable', async () => {
    expect(await agreed(portable, portable)).toBe(suiteAes256Gcm)
  })
  test.skipIf(!hasAegis)('AES-256-GCM when one of them is', async () => {
    expect(await agreed(portable, nativeHost)).toBe(suiteAes256Gcm)
    expect(await agreed(nativeHost, portable)).toBe(suiteAes256Gcm)
  })
  test.skipIf(!hasAegis)('AEGIS-128L when both are native', async () => {
    expect(await agreed(nativeHost, nativeHost)).toBe(suiteAegis128L)
  })
  for (const name of ['AES-256-GCM', 'ChaCha20-Poly1305', 'AEGIS-128L'] satisfies SuiteName[])
    test.skipIf(name === 'AEGIS-128L' && !hasAegis)(`${name} when either pins it`, async () => {
      const { id } = suiteByName(name)
      expect(await agreed(pinSuite(nativeHost, name), nativeHost)).toBe(id)
      expect(await agreed(nativeHost, pinSuite(nativeHost, name))).toBe(id)
    })
})

describe('a pinned cipher', () => {
  test('that this machine lacks is said at once, and what to do', () => {
    expect(() => pinSuite(portable, 'AEGIS-128L')).toThrow(
      expect.objectContaining({
        code: 'PFS_VERSION',
        message: expect.stringContaining('this machine does not do AEGIS-128L'),
        hint: expect.stringContaining('pfs doctor'),
      }),
    )
    expect(pinSuite(portable, undefined)).toBe(portable)
  })
  test('that the other side lacks ends the attempt with the reason, not with silence', async () => {
    const there = await world({ host: pinSuite(portable, 'AES-256-GCM') })
    await expect(there.connect({ host: pinSuite(portable, 'ChaCha20-Poly1305') })).rejects.toMatchObject({
      code: 'PFS_VERSION',
      message: expect.stringContaining('does none of the ciphers offered'),
      hint: expect.stringContaining('--suite'),
    })
    await there.listener.close()
  })
})
