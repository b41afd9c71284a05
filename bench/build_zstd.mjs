// Builds zstd-napi in place where it came without a binary: npm runs no install scripts for us, and its prebuilt
// file comes from a host that may be out of reach. Uses the headers that ship with node. pfs works without it
// (literals then travel raw), so a failure here is one line, not an error.

import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

function loads() {
  return spawnSync(process.execPath, ['-e', "require('zstd-napi')"], { stdio: 'ignore' }).status === 0
}

function build() {
  const prefix = dirname(dirname(realpathSync(process.execPath)))
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
  const folder = dirname(require.resolve('zstd-napi/package.json'))
  const gyp = process.env.npm_config_node_gyp // npm names its own node-gyp to the scripts it runs
  if (gyp === undefined) return false
  const run = spawnSync(process.execPath, [gyp, 'rebuild', ...headers], { cwd: folder, encoding: 'utf8' })
  return run.status === 0 && loads()
}

if (loads()) console.log('zstd-napi: ready')
else if (build()) console.log('zstd-napi: built')
else console.log('zstd-napi: not available (no compiler or headers); literals will travel uncompressed')
