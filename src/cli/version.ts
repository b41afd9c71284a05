// Which pfs this is: the version in our own package.json, wherever dist or a test runs from.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export function version(): string {
  let directory = import.meta.dirname
  while (!existsSync(join(directory, 'package.json'))) {
    if (directory === dirname(directory)) return '0.0.0'
    directory = dirname(directory)
  }
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { version: string }
  return manifest.version
}
