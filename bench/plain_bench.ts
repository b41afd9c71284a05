// Builds native/test/<part>_bench.cc, a plain C++ program that prints its own medians, by one g++ line, and runs it.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** @param folders of native/ that it is made of. Returns what it printed; undefined where it cannot be built or fails. */
export function runPlainBench(
  scratch: string,
  part: string,
  folders: readonly string[],
  options: { readonly words?: readonly string[]; readonly libraries?: readonly string[] } = {},
): string | undefined {
  const root = nativeFolder()
  if (root === undefined) return undefined
  const program = join(scratch, `${part}_bench`)
  const sources = folders.flatMap(folder =>
    readdirSync(join(root, folder))
      .filter(name => name.endsWith('.cc'))
      .map(name => join(root, folder, name)),
  )
  const bench = join(root, 'test', `${part}_bench.cc`)
  const flags = ['-std=c++20', '-O3', '-pthread', `-I${root}`]
  const args = [...flags, bench, ...sources, '-o', program, ...(options.libraries ?? [])]
  const built = spawnSync('g++', args, { encoding: 'utf8' })
  if (built.status !== 0) {
    console.error(`${part}_bench does not build here: ${(built.stderr ?? '').slice(0, 500)}`)
    return undefined
  }
  const done = spawnSync(program, options.words ?? [], { encoding: 'utf8' })
  return done.status === 0 ? done.stdout : undefined
}

/** From where this is compiled to, or from where it is run. */
const nativeFolder = (): string | undefined =>
  [join(import.meta.dirname, '../../native'), 'native'].find(place => existsSync(join(place, 'test')))
