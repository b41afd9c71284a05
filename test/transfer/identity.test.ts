// Who we are and whom we know: made once, kept for the owner alone, the same for all processes, and never half there.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { failures, type PfsCode, PfsError } from '../../src/base/errors.ts'
import { formatPeerId } from '../../src/crypto/identity.ts'
import type { KeyPair, Primitives } from '../../src/crypto/primitives.ts'
import { createHost } from '../../src/host/choose.ts'
import { directories } from '../../src/transfer/directories.ts'
import { loadIdentity } from '../../src/transfer/identity.ts'
import { Peers } from '../../src/transfer/peers.ts'
import { carried, uncarried, wireCodeOf } from '../../src/transfer/storage/carry.ts'
import { wireCodes } from '../../src/wire/codes.ts'
import { randomBytes, scratch } from '../pool/scratch.ts'

let primitives: Primitives
beforeAll(async () => {
  primitives = (await createHost()).primitives
})

const random = (seed: number) => (count: number) => randomBytes(count, seed)
const load = (directory: string, seed = 1): { keys: KeyPair; isNew: boolean } =>
  loadIdentity(directory, primitives, random(seed))

describe('our key', () => {
  test('is made once, and readable by its owner alone', () => {
    const directory = join(scratch(true), 'config')
    const first = load(directory)
    const again = load(directory, 2)
    expect({ first: first.isNew, again: again.isNew }).toEqual({ first: true, again: false })
    expect(again.keys.publicKey).toEqual(first.keys.publicKey)
    expect(statSync(join(directory, 'identity.key')).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(readdirSync(directory)).toEqual(['identity.key'])
  })
  test('that is broken is not replaced behind its owner’s back', () => {
    const directory = scratch(true)
    for (const text of ['', 'abc', '00'.repeat(31)]) {
      writeFileSync(join(directory, 'identity.key'), text)
      expect(() => load(directory)).toThrow(expect.objectContaining({ code: 'PFS_READ' }))
      expect(readFileSync(join(directory, 'identity.key'), 'utf8')).toBe(text)
    }
  })
  test('of a process that was killed while it made one is made by the next', () => {
    const directory = scratch(true)
    writeFileSync(join(directory, 'identity.key.4711.new'), '00')
    expect(load(directory).isNew).toBe(true)
  })
})

describe('peers', () => {
  const key = (n: number): Uint8Array => new Uint8Array(32).fill(n)
  test('are pinned by place, trusted by key, and known to the next process', async () => {
    const directory = scratch(true)
    const peers = new Peers(directory)
    await peers.pin('laptop:9419', key(1))
    expect({ maySend: peers.maySend(key(1)), pinned: peers.pinned('laptop:9419') }).toEqual({
      maySend: false,
      pinned: key(1),
    })
    await peers.trust(formatPeerId(key(1)).toUpperCase(), 'mine')
    const next = new Peers(directory)
    expect(next.maySend(key(1))).toBe(true)
    expect(next.pinned('laptop:9419')).toEqual(key(1))
    expect(next.pinned('laptop:9420')).toBeUndefined()
    expect(next.list()).toHaveLength(1)
    expect(statSync(join(directory, 'peers.json')).mode & 0o777).toBe(0o600)
  })
  test('a place has one key: a pin made on purpose takes the place of the older', async () => {
    const peers = new Peers(scratch(true))
    await peers.pin('a:1', key(1))
    await peers.pin('a:1', key(2))
    expect(peers.pinned('a:1')).toEqual(key(2))
  })
  test('that many learn at the same moment are all kept', async () => {
    const directory = scratch(true)
    const all = Array.from({ length: 8 }, (_, i) => new Peers(directory).pin(`a:${i}`, key(i)))
    await Promise.all(all)
    expect(new Peers(directory).list()).toHaveLength(8)
  })
  test('are forgotten by id, its beginning, name, place or host, and nobody else with them', async () => {
    const id = formatPeerId(key(1))
    for (const word of [id, id.slice(0, 8), 'mine', 'a:1', 'a']) {
      const peers = new Peers(scratch(true))
      await peers.pin('a:1', key(1))
      await peers.trust(id, 'mine')
      await peers.pin('b:1', key(2))
      expect(await peers.forget(word), word).toBe(1)
      expect(peers.pinned('b:1')).toEqual(key(2))
    }
    const peers = new Peers(scratch(true))
    await peers.pin('b:1', key(1))
    expect(await peers.forget(id.slice(0, 3)), 'three letters are too few').toBe(0)
  })
  test('in a file that is none are not met as if for the first time', () => {
    const directory = scratch(true)
    for (const text of [
      '{',
      '{}',
      '{"version":1,"peers":[{"id":"no","hosts":[]}]}',
      '{"version":2,"peers":[]}',
    ]) {
      writeFileSync(join(directory, 'peers.json'), text)
      expect(() => new Peers(directory)).toThrow(expect.objectContaining({ code: 'PFS_READ' }))
    }
  })
  test('are no peers by anything but an id', async () => {
    const directory = scratch(true)
    await expect(new Peers(directory).trust('me')).rejects.toMatchObject({ code: 'PFS_USAGE' })
    expect(existsSync(join(directory, 'peers.json'))).toBe(false)
  })
})

test('directories are those of the standard, or all under PFS_HOME', () => {
  expect(directories({ PFS_HOME: '/h' })).toEqual({
    config: '/h/config',
    pool: '/h/data/pool',
    jobs: '/h/state/jobs',
  })
  expect(directories({ XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: 'relative', PFS_POOL_DIR: '/p' })).toMatchObject(
    {
      config: '/c/pfs',
      pool: '/p',
    },
  )
})

describe('a fault that crosses a thread border', () => {
  test('is the same on the other side', () => {
    const options = { hint: 'do this', retryable: true }
    for (const error of [
      new PfsError('PFS_READ', 'a: b'),
      new PfsError('PFS_STALLED'),
      new PfsError('PFS_EXISTS', 'x', options),
    ]) {
      const { code, message, hint, retryable } = uncarried(carried(error))
      expect({ code, message, hint, retryable }).toEqual({
        code: error.code,
        message: error.message,
        hint: error.hint,
        retryable: error.retryable,
      })
    }
    expect(uncarried(carried(new Error('oops')))).toMatchObject({ code: 'PFS_INTERNAL' })
  })
  test('has a code for the peer, whatever it is', () => {
    for (const code of Object.keys(failures) as PfsCode[]) {
      expect(wireCodes[wireCodeOf(new PfsError(code))].code).toBeGreaterThan(0)
    }
    expect(wireCodeOf(new PfsError('PFS_DISK_FULL'))).toBe('DISK_FULL')
    expect(wireCodeOf(new PfsError('PFS_WRITE'))).toBe('TARGET_FAILED')
  })
})
