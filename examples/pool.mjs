// @ts-check
// Learns files, so that nobody need send what they hold, and lists what the pool has.
//
//   node examples/pool.mjs DIRECTORY FILE…      DIRECTORY: the pool, made if there is none

import { openPool } from 'packetfs'

const [directory, ...files] = process.argv.slice(2)
const pool = await openPool(directory)
try {
  for (const { path, newBytes, way } of await pool.import(files)) {
    console.log(`learnt ${path}: ${newBytes} new bytes (${way})`)
  }
  for await (const { blobId, sizeBytes } of pool) console.log(blobId, sizeBytes)
  const { storedBytes, quotaBytes } = pool.stats()
  console.log(`${storedBytes} of ${quotaBytes} bytes`)
} finally {
  await pool.close()
}
