// Makes the command one program: dist/bin, where each of its three threads loads a few files and not two hundred modules,
// which is half of what a start costs (0.62 to 0.47 s for `pfs send` of 1 kB, 0.92 to 0.60 s of processor time). What the
// library and the tests import is dist/src, as it was. Names stay as they are, so that a stack can be read. Run by `npm run build`.

import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

const root = resolve(import.meta.dirname, '..')
const to = join(root, 'dist/bin')

/** A thread is a file of its own: a worker is started by where the code stands that starts it. */
const threads = {
  pfs: 'src/cli/main.ts',
  session_thread: 'src/transfer/session_thread.ts',
  storage_thread: 'src/transfer/storage/thread.ts',
}
/** These look for files beside themselves: native code, WebAssembly, a worker. */
const asPackages = [/^lmdb/, /^zstd-napi/, /^libsodium-wrappers/, /^pino/]

/**
 * What yargs measures its help with asks ICU for all emoji and all locales as it loads: 55 ms of each start, though help is
 * rarely read. Here it asks when it measures; test/cli/start.test.ts sees that it does.
 */
const lazyWidths = {
  name: 'lazy-widths',
  transform: {
    filter: { id: /string-width\/index\.js$/ },
    handler: code =>
      code
        .replace(
          'const segmenter = new Intl.Segmenter();',
          () =>
            'let made; const segmenter = { segment: text => (made ??= new Intl.Segmenter()).segment(text) };',
        )
        .replace(
          'const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;',
          () =>
            "let emoji; const rgiEmojiRegex = { test: text => (emoji ??= new RegExp('^\\\\p{RGI_Emoji}$', 'v')).test(text) };",
        ),
  },
}

const bundle = await rolldown({
  cwd: root,
  input: threads,
  platform: 'node',
  external: asPackages,
  plugins: [lazyWidths],
  // of three copies the one that measures ASCII by its length
  resolve: { alias: { 'string-width': join(root, 'node_modules/string-width/index.js') } },
})
const { output } = await bundle.write({ dir: to, format: 'esm' })
await bundle.close()
chmodSync(join(to, 'pfs.js'), 0o755)
writeFileSync(join(to, 'LICENSES.txt'), licences(output.flatMap(({ moduleIds = [] }) => moduleIds)))

/** What stands here in copies keeps its licence. */
function licences(files) {
  const packages = new Set(files.map(packageOf).filter(folder => folder !== undefined))
  return [...packages].sort().map(licenceOf).join('\n')
}

function packageOf(file) {
  if (!file.includes('/node_modules/')) return undefined
  let folder = dirname(file)
  while (!nameIn(folder)) folder = dirname(folder)
  return folder
}

/** A package.json may only say how its folder's modules are meant. */
function nameIn(folder) {
  const path = join(folder, 'package.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).name : undefined
}

function licenceOf(folder) {
  const file = readdirSync(folder).find(name => /^licen[cs]e/i.test(name))
  if (file === undefined) throw new Error(`${folder} has no licence to go with a copy of it`)
  return `${nameIn(folder)}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
}
