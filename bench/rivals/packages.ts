// Contenders from npm: installed by `make setup-rivals` into a cache of the checkout, beside our own dependencies and
// not among them. Knows where; does not install.

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const cacheFolder = join('node_modules', '.cache', 'pfs-rivals')

/** The installed version, or undefined. */
export function versionOf(name: string): string | undefined {
  const folder = installed()
  const path = folder && join(folder, 'node_modules', name, 'package.json')
  if (!path || !existsSync(path)) return undefined
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

/** The package; the caller says what it is. Throws where it is absent. */
export function load<T>(name: string): T {
  return createRequire(join(installed() ?? '/', 'package.json'))(name) as T
}

/** PFS_BENCH_RIVALS, or the cache in the nearest folder above that has one. */
function installed(): string | undefined {
  if (process.env.PFS_BENCH_RIVALS) return process.env.PFS_BENCH_RIVALS
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, cacheFolder)
    if (existsSync(candidate)) return candidate
    if (dirname(folder) === folder) return undefined
  }
}
