// What the addon is made of and how, said once for binding.gyp and the Makefile. `node sources.mjs` lists the sources: the
// faces here and the parts below, without the programs of test/; `node sources.mjs flags` the compiler's flags.

import { readdirSync } from 'node:fs'

/** No flag names an instruction set: a file that needs one says so itself, and base/cpu.h chooses at run time. */
const flags = [
  '-std=c++20',
  '-O3',
  '-fno-exceptions',
  '-fno-rtti',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  '-Wno-missing-field-initializers',
]
// a newer compiler's new warning must not keep a user from the addon: build.mjs tries again without
const strict = process.env.PFS_LENIENT ? [] : ['-Werror']

const folder = new URL('.', import.meta.url)
const notParts = new Set(['build', 'shipped', 'test'])

function sources() {
  const parts = readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !notParts.has(entry.name))
    .map(entry => entry.name)
  return ['', ...parts.sort()].flatMap(part =>
    readdirSync(new URL(`./${part}`, folder))
      .filter(name => name.endsWith('.cc'))
      .sort()
      .map(name => (part === '' ? name : `${part}/${name}`)),
  )
}

for (const line of process.argv[2] === 'flags' ? [...flags, ...strict] : sources()) console.log(line)
