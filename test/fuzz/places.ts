// Where the data of tests lies: JSON is read where it stands in the sources, also by what was built into dist.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A directory of the project, by its path from the root. */
export function directoryOf(path: string): string {
  let root = import.meta.dirname
  while (!existsSync(join(root, 'package.json'))) root = dirname(root)
  return join(root, path)
}
