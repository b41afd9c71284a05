// Writes the golden vectors. Each area has a make_<area>.ts that exports make(); this runs them all and writes
// test/vectors/<area>.json. A change in what it writes is a change of the protocol or of the format.

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const built = import.meta.dirname
const tree = join(built, '..', '..', '..', 'test', 'vectors')

for (const name of readdirSync(built)) {
  const area = /^make_(\w+)\.js$/.exec(name)?.[1]
  if (!area) continue
  const made = (await import(join(built, name))) as { make(): unknown | Promise<unknown> }
  writeFileSync(join(tree, `${area}.json`), `${JSON.stringify(await made.make(), null, 1)}\n`)
  console.log(`${area}.json`)
}
