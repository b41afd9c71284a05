// Finds the native addon and says what became of it. Nothing needs it: each of its parts has a portable twin, and
// choose.ts picks. Never throws but where the user demands it: PFS_NATIVE=require. Knows the file, not its parts.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PfsError } from '../base/errors.ts'

export type NativeMode = 'off' | 'auto' | 'require'

export interface NativeState {
  /** The addon's exports; each host/*_native.ts gives the type of its own. undefined: the portable path is in use. */
  readonly addon: unknown
  readonly path: string | undefined
  /** One phrase for `pfs doctor`. */
  readonly why: string
}

/** @param environment PFS_NATIVE: off, auto (the default) or require; PFS_ADDON: a file to load instead of ours */
export function nativeMode(environment: Readonly<Record<string, string | undefined>>): NativeMode {
  const mode = environment.PFS_NATIVE ?? ''
  if (mode === '' || mode === 'auto') return 'auto'
  if (mode === 'off' || mode === 'require') return mode
  throw new PfsError('PFS_USAGE', `PFS_NATIVE is ${mode}`, { hint: 'Set it to off, auto or require.' })
}

let loaded: NativeState | undefined

/** Loaded once a thread. */
export function native(): NativeState {
  loaded ??= load(process.env)
  return loaded
}

/** The addon, or why there is none. */
export function load(environment: Readonly<Record<string, string | undefined>>): NativeState {
  const mode = nativeMode(environment)
  if (mode === 'off') return absent('PFS_NATIVE=off')
  const state = find(environment)
  if (state.addon === undefined && mode === 'require')
    throw new PfsError('PFS_INTERNAL', `the native addon is required and not there: ${state.why}`, {
      hint: 'Build it with `npm run build:native`, or set PFS_NATIVE=auto.',
    })
  return state
}

/** native/addon.cc counts it up with every change of a face. */
const faces = 2

const absent = (why: string): NativeState => ({ addon: undefined, path: undefined, why })

function find(environment: Readonly<Record<string, string | undefined>>): NativeState {
  const named = environment.PFS_ADDON
  const places = (named ? [named] : ownPlaces()).filter(place => existsSync(place))
  const faults: string[] = []
  for (const path of places) {
    try {
      const addon = createRequire(import.meta.url)(path) as { readonly faces?: unknown }
      if (addon.faces === faces) return { addon, path, why: 'loaded' }
      faults.push(`${path} was built from other sources: run \`npm run build:native\``)
    } catch (error) {
      // another libc, another processor, a damaged file: the next one may load, and the portable path does as well
      faults.push(`${path} does not load: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (faults.length > 0) return absent(faults.join('; '))
  return absent(
    named ? `${named} is not there` : `no addon for ${process.platform}-${process.arch} was built or shipped`,
  )
}

/** What was built here first, then what came with the package. */
function ownPlaces(): string[] {
  const root = packageRoot()
  return [
    join(root, 'native', 'build', 'Release', 'pfs.node'),
    join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'pfs.node'),
  ]
}

/** The folder of package.json: this file runs from src/host and from dist/src/host. */
function packageRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder)
    if (above === folder) return folder
    folder = above
  }
  return folder
}
