// The pool of this user, opened for one command. What creates content makes the pool on first use, with the open
// seed, and says so; what only looks at one does not.

import { PfsError } from '../base/errors.ts'
import { poolExists } from '../pool/identity.ts'
import { Pool } from '../pool/pool.ts'
import type { Context } from './verb.ts'

/** @param mayCreate false: no pool is PFS_POOL */
export async function withPool(
  { terminal, directories }: Context,
  mayCreate: boolean,
  use: (pool: Pool) => Promise<void>,
): Promise<void> {
  const directory = directories.pool
  const isNew = mayCreate && !poolExists(directory)
  const onNotice = (sentence: string): void => terminal.say(`pool: ${sentence}`)
  if (isNew) {
    const made = await Pool.create(directory).catch((error: unknown) => {
      // another process was first
      if (error instanceof PfsError && error.code === 'PFS_EXISTS') return undefined
      throw error
    })
    await made?.close()
    onNotice(`made a new one at ${directory}, with the open seed`)
  }
  const pool = await Pool.open(directory, { onNotice })
  try {
    await use(pool)
  } finally {
    await pool.close()
  }
}
