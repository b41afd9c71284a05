// What npm would publish, installed into an empty project as a user would: no install scripts, no compiler. The command runs, a
// file goes from one process to another, and the library's types hold under both ways of resolving modules.

import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { KiB } from '../../src/base/units.ts'
import { randomBytes } from '../pool/scratch.ts'
import { killAll, Pfs, scratch } from '../support/pfs.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const ground = scratch()
const project = ground.at('project')

/** Installing takes as long as the registry does, where npm's cache has not everything. */
const installMillis = 180_000

beforeAll(async () => {
  mkdirSync(project)
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module' }),
  )
  // built already, and what cross-builds prebuilds is not tried here
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', ground.path]
  const [packed] = JSON.parse((await run('npm', pack, { cwd: root })).stdout) as { filename: string }[]
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...quietly, ground.at(packed?.filename ?? '')], { cwd: project })
}, installMillis)
afterAll(async () => {
  await killAll()
  ground.remove()
})

const installed = join(project, 'node_modules/packetfs')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  bin: { pfs: string }
  exports: Record<string, string | { types: string; default: string }>
}
interface SourceMap {
  readonly sources: readonly string[]
  readonly sourcesContent?: readonly string[]
}

const environment = { ...process.env, PFS_HOME: ground.at('home') }
const node = (script: string) =>
  run(process.execPath, ['--input-type=module', '--eval', script], { cwd: project, env: environment })

test('has what its package.json names, its licence, its protocol, and nothing of the tests', async () => {
  const named = Object.values(manifest.exports).flatMap(entry =>
    typeof entry === 'string' ? [entry] : [entry.types, entry.default],
  )
  for (const path of [...named, manifest.bin.pfs, 'LICENSE', 'README.md', 'PROTOCOL.md']) {
    expect(readFileSync(join(installed, path)).length, path).toBeGreaterThan(0)
  }
  const { stdout } = await run('find', [installed, '-path', '*test*', '-name', '*.js'])
  expect(stdout).toBe('')
})

test('has its source maps whole: they need no file that is not there', async () => {
  const { stdout } = await run('find', [installed, '-name', '*.js.map'])
  const maps = stdout.trim().split('\n')
  expect(maps.length).toBeGreaterThan(300)
  for (const path of maps) {
    const { sources, sourcesContent } = JSON.parse(readFileSync(path, 'utf8')) as SourceMap
    expect(sources, path).toHaveLength(1)
    const source = resolve(root, relative(installed, path), '..', sources[0] ?? '')
    expect(sourcesContent?.[0] === readFileSync(source, 'utf8'), `${path} has ${source}`).toBe(true)
  }
})

test('the command says its version, and a file goes from one to another by it', async () => {
  const bin = join(project, 'node_modules/.bin/pfs')
  expect((await run(bin, ['--version'], { env: environment })).stdout.trim()).toBe(manifest.version)
  const bytes = randomBytes(300 * KiB, 1)
  writeFileSync(ground.at('source.bin'), bytes)
  mkdirSync(ground.at('in'))
  const port = await freePort()
  const there = Pfs.start(['recv', '--yes', '-p', String(port), '-o', ground.at('in')], {
    home: ground.at('receiver'),
    through: (command, [, ...words], env) =>
      spawn(command, [join(installed, manifest.bin.pfs), ...words], { env }),
  })
  await there.ready()
  await run(bin, ['send', ground.at('source.bin'), `127.0.0.1:${port}`], { env: environment })
  expect((await there.finished).status).toBe(0)
  expect(readFileSync(join(ground.at('in'), 'source.bin')).equals(bytes)).toBe(true)
})

test('each entry loads, by import and by require', async () => {
  const { stdout } = await node(`
    import { createRequire } from 'node:module'
    import { send, receive, openPool, PfsError } from 'packetfs'
    import { connect, listen, PfsError as same } from 'packetfs/net'
    console.log([send, receive, openPool, connect, listen].map(f => typeof f).join(), PfsError === same)
    const require = createRequire(import.meta.url)
    if (require('packetfs').send !== send || require('packetfs/net').listen !== listen) throw new Error('another')
    console.log(require('packetfs/package.json').version)`)
  expect(stdout).toBe(`function,function,function,function,function true\n${manifest.version}\n`)
  for (const inner of ['bin/pfs.js', 'src/cli/main.js'])
    await expect(node(`import 'packetfs/dist/${inner}'`)).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/)
})

describe.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('the types, module %s resolved as %s', (module, moduleResolution) => {
  test('hold for a program, the examples and the README', async () => {
    writeFileSync(
      join(project, 'program.ts'),
      `import { send, receive, openPool, type Transfer, type TransferEvent, type TransferSummary } from 'packetfs'
       import { connect, listen, type Connection } from 'packetfs/net'
       const sent: Transfer<TransferSummary> = send({ paths: 'a', host: 'b' })
       const kept: undefined = await receive({ directory: '.', keep: true })
       for await (const event of sent) { const e: TransferEvent = event; if (e.kind === 'done') e.summary.sizeBytes.toFixed() }
       for await (const { blobId } of await openPool()) blobId.length
       const connection: Connection = await connect({ host: 'a', port: 1 })
       const { port } = await listen()
       // @ts-expect-error a port is a number
       send({ paths: 'a', host: 'b', port: 'c' })
       // @ts-expect-error once gives a summary
       const once: undefined = await receive({ directory: '.' })
       console.log(kept, connection, port, once)`,
    )
    cpSync(join(root, 'examples'), join(project, 'examples'), { recursive: true })
    const [, readme = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
    expect(readme).toContain("from 'packetfs'")
    writeFileSync(join(project, 'examples/readme.mjs'), readme)
    const config = join(project, `tsconfig.${moduleResolution}.json`)
    writeFileSync(
      config,
      JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2023',
          lib: ['es2023'],
          strict: true,
          noEmit: true,
          allowJs: true,
          checkJs: true,
          // what we declare is checked too
          skipLibCheck: false,
          types: ['node'],
          typeRoots: [join(root, 'node_modules/@types')],
        },
        files: ['program.ts', ...readdirSync(join(project, 'examples')).map(name => join('examples', name))],
      }),
    )
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout, code } = await run(process.execPath, [tsc, '-p', config], { cwd: project }).catch(
      error => error,
    )
    expect({ stdout, code }).toEqual({ stdout: '', code: undefined })
  })
})
