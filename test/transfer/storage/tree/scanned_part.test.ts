// The files of a tree while they grow: a scanner reads one while others are opened and closed around it.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KiB, MiB } from '../../../../src/base/units.ts'
import { Image } from '../../../../src/cut/manifest/image.ts'
import { Pool } from '../../../../src/pool/pool.ts'
import { randomBytes } from '../../../pool/scratch.ts'
import { Ground, manifestOf, twins } from './world.ts'

/** More than are kept open at once. */
const otherFiles = 80

for (const twin of twins)
  test(`${twin.name}: a scanner goes on with its file, however many others are opened meanwhile`, async () => {
    const ground = new Ground(twin)
    const pool = await Pool.create(join(ground.root, 'pool'), { quotaBytes: 64 * MiB, learn: 'off' })
    const long = randomBytes(2 * MiB, 1)
    const others = Array.from({ length: otherFiles }, (_, i) => randomBytes(200 * KiB, 2 + i))
    const names = others.map((_, i) => `b${String(i).padStart(3, '0')}`)
    const made = manifestOf({
      a: long,
      ...Object.fromEntries(names.map((name, i) => [name, others[i] ?? ''])),
    })
    const image = new Image(made.manifest)
    const part = ground.part(image)
    part.write(long.subarray(0, MiB), 0)
    const scanner = part.scanner(pool, 0, MiB, false)
    let scanned = 0
    const step = (): string =>
      scanner.step(8 * MiB, (offset, length, _hash, bytes) => {
        expect(Buffer.compare(bytes(), made.bytes.subarray(offset, offset + length))).toBe(0)
        scanned = offset + length
      })
    expect(step()).toBe('waiting')
    expect(scanned).toBeGreaterThan(0)
    // a part of each: they stay open, and a read of another is another's
    for (const [i, content] of others.entries())
      part.write(content.subarray(0, 150 * KiB), image.start(i + 1))
    expect(part.read(new Uint8Array(KiB), image.start(1))).toBe(KiB)
    part.write(long.subarray(MiB), MiB)
    for (const [i, content] of others.entries())
      part.write(content.subarray(150 * KiB), image.start(i + 1) + 150 * KiB)
    scanner.extend(image.sizeBytes, true)
    let state = step()
    while (state === 'more') state = step()
    expect([state, scanned]).toEqual(['done', image.sizeBytes])
    part.close()
    pool.close()
  })
