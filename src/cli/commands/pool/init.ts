// pfs pool init: a pool with another seed, quota or way of learning than the one that is made on first use.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex } from '../../../base/bytes.ts'
import { PfsError } from '../../../base/errors.ts'
import { seedBytes } from '../../../cut/seed.ts'
import { diskFault } from '../../../host/file.ts'
import { randomBytes } from '../../../host/random.ts'
import { learnPolicies } from '../../../pool/learn.ts'
import { Pool } from '../../../pool/pool.ts'
import { formatBytes } from '../../format.ts'
import { parseSize } from '../../sizes.ts'
import { verb } from '../../verb.ts'

export const init = verb({
  examples: [
    'pfs pool init --quota 200GiB',
    'pfs pool init --private',
    'pfs pool init --seed-file seed-of-the-team',
  ],
  options: argv =>
    argv
      .option('seed-file', {
        type: 'string',
        requiresArg: true,
        conflicts: 'private',
        describe: 'a file with 64 hex digits: the seed of a private pool',
      })
      .option('private', { type: 'boolean', describe: 'a new seed of its own instead of the open one' })
      .option('quota', { type: 'string', requiresArg: true, describe: 'how much it may take: 20GiB' })
      .option('learn', {
        choices: learnPolicies,
        requiresArg: true,
        describe: 'how it learns what was sent: a copy, in place, not at all, or as fits (auto)',
      }),
  run: async ({ seedFile, private: isPrivate, quota, learn }, { terminal, directories }) => {
    const seed = isPrivate ? randomBytes(seedBytes) : seedFile === undefined ? undefined : readSeed(seedFile)
    const pool = await Pool.create(directories.pool, {
      ...(seed === undefined ? {} : { seed }),
      ...(quota === undefined ? {} : { quotaBytes: parseSize(quota) }),
      ...(learn === undefined ? {} : { learn }),
    })
    const { quotaBytes } = pool.identity
    await pool.close()
    const kind = pool.isOpenSeed ? 'the open seed' : 'a private seed'
    terminal.say(`Made a pool with ${kind}, up to ${formatBytes(quotaBytes)}.`)
    const file = join(directories.pool, 'seed')
    if (isPrivate)
      terminal.say(`  For the same pool elsewhere, take ${file} there: pfs pool init --seed-file seed`)
    terminal.result(directories.pool)
    terminal.document({
      path: directories.pool,
      open_seed: pool.isOpenSeed,
      quota_bytes: quotaBytes,
      learn: pool.identity.learn,
    })
  },
})

function readSeed(path: string): Uint8Array {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw diskFault(error, 'PFS_READ', path)
  }
  const seed = fromHex(text.trim())
  if (seed?.length === seedBytes) return seed
  throw new PfsError('PFS_USAGE', `${path} does not hold a seed`, {
    hint: 'A seed file has 64 hex digits. `pfs pool init --private` makes one.',
  })
}
