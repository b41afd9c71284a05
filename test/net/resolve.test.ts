// What a host as it is written comes to: literals in the system's spelling, names as addresses of both families in turns.

import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { addressesMax, canonical, formatAddress, resolveHost } from '../../src/net/resolve.ts'

const hosts = async (host: string, options: Parameters<typeof resolveHost>[2] = {}): Promise<string[]> =>
  (await resolveHost(host, 9419, options)).map(address => address.host)

const named = (...addresses: string[]) => ({ resolver: async () => addresses })

describe('a literal', () => {
  const table: readonly (readonly [string, string])[] = [
    ['10.0.0.2', '10.0.0.2'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['FD00:0::0002', 'fd00::2'],
    ['::ffff:10.0.0.2', '10.0.0.2'],
    ['::FFFF:a00:2', '10.0.0.2'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['FE80:0::1%eth0', 'fe80::1%eth0'],
    ['fe80::1%4000', 'fe80::1%4000'],
  ]
  for (const [written, meant] of table)
    test(`${written} is ${meant}`, async () => {
      expect(await hosts(written)).toEqual([meant])
      expect(canonical(meant)).toBe(meant)
    })

  test('with the number of a zone has its name', context => {
    const found = Object.entries(networkInterfaces()).flatMap(([name, all]) =>
      (all ?? []).flatMap(one =>
        one.family === 'IPv6' && one.scopeid > 0 ? [{ name, id: one.scopeid }] : [],
      ),
    )[0]
    if (!found) return context.skip()
    expect(canonical(`fe80::1%${found.id}`)).toBe(`fe80::1%${found.name}`)
  })

  test('of the other family than the one that is asked for is a slip', async () => {
    await expect(hosts('::1', { family: 4 })).rejects.toMatchObject({ code: 'PFS_USAGE' })
    await expect(hosts('10.0.0.2', { family: 6 })).rejects.toMatchObject({ code: 'PFS_USAGE' })
    expect(await hosts('::1', { family: 6 })).toEqual(['::1'])
  })
})

describe('a name', () => {
  test('has its addresses in turns of families, beginning with the better', async () => {
    const six = ['fd00::1', 'fd00::2', 'fd00::3']
    expect(await hosts('a', named(...six, '10.0.0.1', '10.0.0.2'))).toEqual([
      'fd00::1',
      '10.0.0.1',
      'fd00::2',
      '10.0.0.2',
      'fd00::3',
    ])
    expect(await hosts('a', named('10.0.0.1', 'fd00::1'))).toEqual(['10.0.0.1', 'fd00::1'])
  })

  test('has each once, and no more than can be tried', async () => {
    expect(await hosts('a', named('10.0.0.1', '10.0.0.1', '::ffff:10.0.0.1'))).toEqual(['10.0.0.1'])
    const many = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`)
    expect(await hosts('a', named(...many))).toEqual(many.slice(0, addressesMax))
  })

  test('has those of one family, where one is asked for', async () => {
    const both = named('fd00::1', '10.0.0.1')
    expect(await hosts('a', { ...both, family: 4 })).toEqual(['10.0.0.1'])
    expect(await hosts('a', { ...both, family: 6 })).toEqual(['fd00::1'])
    await expect(hosts('a', { ...named('10.0.0.1'), family: 6 })).rejects.toMatchObject({
      code: 'PFS_NOT_FOUND',
      message: expect.stringContaining('no IPv6 address'),
    })
  })

  test('that has none is not found; a name server that is away may come back', async () => {
    const failing = (code: string) => ({
      resolver: () => Promise.reject(Object.assign(new Error(code), { code })),
    })
    await expect(hosts('a', failing('ENOTFOUND'))).rejects.toMatchObject({
      code: 'PFS_NOT_FOUND',
      retryable: false,
    })
    await expect(hosts('a', failing('EAI_AGAIN'))).rejects.toMatchObject({ retryable: true })
    await expect(hosts('a', named())).rejects.toMatchObject({ code: 'PFS_NOT_FOUND' })
  })

  test('of this machine is known to the system', async () => {
    expect(await hosts('localhost')).toContain('127.0.0.1')
  })
})

test('is shown as it can be written', () => {
  expect(formatAddress({ host: 'fe80::1%eth0', port: 1 })).toBe('[fe80::1%eth0]:1')
})
