// A process of its own for process.test: imports files into a pool, one commit each, and says so on stdout only
// after the commit. `node importer.js POOL FILE…`

import { writeSync } from 'node:fs'
import { toHex } from '../../src/base/bytes.ts'
import { Pool } from '../../src/pool/pool.ts'

const [directory, ...files] = process.argv.slice(2)
if (!directory) throw new Error('which pool?')
const pool = await Pool.open(directory)
writeSync(1, 'open\n')
for (const file of files) {
  const { blobId } = await pool.import(file)
  await pool.commit()
  writeSync(1, `${toHex(blobId)}\n`)
}
await pool.close()
