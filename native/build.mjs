// Builds the two addons in place: ours (`node native/build.mjs pfs`) and zstd-napi where it came without a binary (`zstd`):
// npm runs no install scripts for us, and its prebuilt file comes from a host that may be out of reach. Uses the headers
// that ship with node. pfs works without either: with --optional, whatever is missing here is one line and no failure.

import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const prefix = dirname(dirname(realpathSync(process.execPath)))

const native = fileURLToPath(new URL('.', import.meta.url))
const addon = join(native, 'build', 'Release', 'pfs.node')

const targets = {
  pfs: {
    folder: () => native,
    // incremental: make looks at what has changed
    isReady: () => false,
    loads: () => loads(addon),
    verbs: ['configure', 'build'],
    without: 'the portable path does the work',
  },
  zstd: {
    folder: () => dirname(require.resolve('zstd-napi/package.json')),
    isReady: () => loads('zstd-napi'),
    loads: () => loads('zstd-napi'),
    verbs: ['rebuild'],
    without: 'literals will travel uncompressed where node has no zstd of its own',
  },
}

function loads(what) {
  const run = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(what)})`], { cwd: native, stdio: 'ignore' })
  return run.status === 0
}

const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** What a build needs and this machine has not. */
function missing() {
  const { CXX = 'g++', PYTHON = 'python3' } = process.env
  const compiler = CXX.split(' ').at(0)
  return [
    [compiler, () => runs(compiler, '--version')],
    ['make', () => runs('make', '--version')],
    [PYTHON, () => runs(PYTHON, '--version')],
    ['node-gyp', () => nodeGyp() !== undefined],
  ].flatMap(([name, isThere]) => (isThere() ? [] : [name]))
}

/** npm names its own to the scripts it runs; else the one that npm brought along with this node. */
function nodeGyp() {
  const named = process.env.npm_config_node_gyp
  if (named) return named
  const beside = ['lib', 'share/nodejs'].map(folder =>
    join(prefix, folder, folder === 'lib' ? 'node_modules/npm/node_modules' : '', 'node-gyp/bin/node-gyp.js'),
  )
  return beside.find(path => existsSync(path))
}

/** @returns what the tools said, undefined when all went well */
function build({ folder, verbs, loads: loadsNow }, environment) {
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
  let said = ''
  for (const verb of verbs) {
    const args = [nodeGyp(), verb, ...headers, '--jobs=max']
    const run = spawnSync(process.execPath, args, {
      cwd: folder(),
      encoding: 'utf8',
      env: { ...process.env, ...environment },
      maxBuffer: 64 * 1024 * 1024,
    })
    said += run.stdout + run.stderr
    if (run.status !== 0) return said
  }
  return loadsNow() ? undefined : `${said}it was built and does not load\n`
}

const [name = 'pfs', mode] = process.argv.slice(2)
const target = targets[name]
const isOptional = mode === '--optional'

function main() {
  if (target.isReady()) return say('ready')
  if (name === 'pfs' && process.platform !== 'linux') return miss(`not for ${process.platform}`, '')
  const lacking = missing()
  if (lacking.length > 0) return miss(`${lacking.join(', ')} missing here`, '')
  let said = build(target, {})
  if (said !== undefined && isOptional && name === 'pfs') said = build(target, { PFS_LENIENT: '1' })
  if (said === undefined) return say('built')
  miss('the build failed', said)
}

const say = what => console.log(`${name === 'pfs' ? 'native addon' : 'zstd-napi'}: ${what}`)

function miss(why, said) {
  if (!isOptional && said !== '') console.error(said)
  say(`not built, ${why}; ${target.without}`)
  if (!isOptional && said !== '') process.exitCode = 1
}

main()
