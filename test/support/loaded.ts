// Which files a run of the command loads: V8's coverage names every script. Takes the command as it is shipped, or module
// by module as it stands in src.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Finished, pfs, type StartOptions } from './pfs.ts'

/** Below dist. */
export const mains = { modules: 'src/cli/main.js', program: 'bin/pfs.js' } as const

const dist = join(import.meta.dirname, '../../dist')

export interface Loaded {
  readonly ended: Finished
  /** Each once, sorted: below dist, and packages. */
  readonly paths: readonly string[]
}

export async function loadedBy(
  main: keyof typeof mains,
  words: readonly string[],
  options: StartOptions & { readonly directory: string },
): Promise<Loaded> {
  const coverage = mkdtempSync(join(options.directory, 'coverage-'))
  const ended = await pfs(words, {
    ...options,
    environment: { ...options.environment, NODE_V8_COVERAGE: coverage },
    through: (command, [, ...others], env) =>
      spawn(command, [join(dist, mains[main]), ...others], { env, cwd: options.directory }),
  })
  const reports = readdirSync(coverage).map(name => JSON.parse(readFileSync(join(coverage, name), 'utf8')))
  const urls: string[] = reports.flatMap(({ result }) => result.map(({ url }: { url: string }) => url))
  const paths = urls.filter(url => url.startsWith('file:')).map(url => url.replace(/.*[/]dist[/]/, ''))
  return { ended, paths: [...new Set(paths)].sort() }
}
