// All layers laid over each other: for each setting the value that holds and where it comes from. yaml and zod are
// loaded when there is a file to read, and not before.

import { homedir } from 'node:os'
import { dirname, join, resolve as resolvePath } from 'node:path'
import { PfsError } from '../base/errors.ts'
import type { FoundSettings, Reading } from './document.ts'
import { type Environment, environmentSettings, environmentSwitch, variable } from './environment.ts'
import { type Candidate, candidates, readCandidate, systemFolder } from './files.ts'
import { type Origin, placeText } from './origin.ts'
import { nearest } from './suggest.ts'
import { type Key, keys, rowOf, type Values } from './table.ts'

/** What the command line says about settings, as it was parsed: by the names of flags. */
export type Flags = Readonly<Record<string, unknown>>

export interface Surroundings {
  readonly environment: Environment
  /** Where pfs runs. */
  readonly here: string
  /** The user's configuration folder. */
  readonly folder: string
  /** The folder of the machine's configuration; a test has its own. */
  readonly system?: string
}

export interface Configuration {
  readonly values: Values
  readonly origins: Readonly<Record<Key, Origin>>
  /** The files that were read, the strongest first. */
  readonly files: readonly string[]
  readonly profile: string | undefined
}

/** Throws PFS_USAGE for flags and variables, PFS_CONFIG for files. */
export async function resolve(flags: Flags, surroundings: Surroundings): Promise<Configuration> {
  const { read, profile } = await readFiles(flags, surroundings)
  const layers = fileless(flags, surroundings.environment)
  if (profile !== undefined) layers.push(...profileLayers(profile, read))
  for (const { path, candidate, reading } of read) {
    layers.push(fileLayer(path, reading.settings, place => ({ kind: candidate.layer, place })))
  }
  return { ...overlaid(layers), files: read.map(({ path }) => path), profile }
}

/** For what must work whatever a file says. Throws PFS_USAGE. */
export function resolveWithoutFiles(flags: Flags, environment: Environment): Configuration {
  return { ...overlaid(fileless(flags, environment)), files: [], profile: undefined }
}

const fileless = (flags: Flags, environment: Environment): Layer[] => [
  flagLayer(flags),
  environmentLayer(environment),
]

/** The files that these flags and variables choose, the strongest first. Throws PFS_USAGE. */
export function chosenFiles(flags: Flags, surroundings: Surroundings): Candidate[] {
  const { environment, here, folder, system = systemFolder } = surroundings
  const file = flags.config as string | undefined
  if (flags['no-config'] === true) {
    for (const name of ['config', 'profile', 'project']) {
      if (flags[name] === undefined || flags[name] === false) continue
      throw new PfsError('PFS_USAGE', `--no-config and --${name} say opposite things`)
    }
    return []
  }
  const project =
    flags.project === true ? 'asked' : environmentSwitch(environment, 'PFS_PROJECT') ? 'welcome' : 'no'
  return candidates({ file: file ?? variable(environment, 'PFS_CONFIG'), project, here, folder, system })
}

interface ReadFile {
  readonly path: string
  readonly candidate: Candidate
  readonly reading: Extract<Reading, { kind: 'good' }>
}

async function readFiles(
  flags: Flags,
  surroundings: Surroundings,
): Promise<{ read: ReadFile[]; profile: string | undefined }> {
  const read: ReadFile[] = []
  for (const candidate of chosenFiles(flags, surroundings)) {
    const found = readCandidate(candidate)
    if (!found) continue
    const { readDocument } = await import('./document.ts')
    const reading = readDocument(found.text)
    if (reading.kind === 'bad') throw mistaken(found.path, reading)
    read.push({ path: found.path, candidate, reading })
  }
  if (flags['no-config'] === true) return { read, profile: undefined }
  const profile = (flags.profile as string | undefined) ?? variable(surroundings.environment, 'PFS_PROFILE')
  return { read, profile }
}

/** The first mistake, and how many more there are. */
function mistaken(path: string, { mistakes }: Extract<Reading, { kind: 'bad' }>): PfsError {
  const [first, ...rest] = mistakes
  const at = placeText({ path, line: first?.line ?? 1, column: first?.column ?? 1 })
  const more = rest.length > 0 ? ` (and ${rest.length} more: pfs config validate)` : ''
  const hint = first?.hint
  return new PfsError('PFS_CONFIG', `${at}: ${first?.what}${more}`, hint === undefined ? {} : { hint })
}

interface Value {
  readonly value: unknown
  readonly origin: Origin
}

type Layer = ReadonlyMap<Key, Value>

function flagLayer(flags: Flags): Layer {
  const layer = new Map<Key, Value>()
  for (const key of keys) {
    const { kind, flag, flagValue } = rowOf(key)
    const given = flag === undefined ? undefined : flags[flag]
    if (flag === undefined || given === undefined || given === false) continue
    const value = flagValue === undefined ? kind.read(String(given)) : flagValue
    if (value === undefined) throw new PfsError('PFS_USAGE', `--${flag} takes ${kind.wanted}`)
    layer.set(key, { value, origin: { kind: 'flag', flag } })
  }
  return layer
}

function environmentLayer(environment: Environment): Layer {
  const found = [...environmentSettings(environment)]
  return new Map(
    found.map(([key, { value, variable }]) => [key, { value, origin: { kind: 'environment', variable } }]),
  )
}

function profileLayers(profile: string, read: readonly ReadFile[]): Layer[] {
  const holders = read.filter(({ reading }) => reading.profiles.has(profile))
  if (holders.length === 0) {
    const known = [...new Set(read.flatMap(({ reading }) => [...reading.profiles.keys()]))]
    const near = nearest(profile, known)
    const hint = near
      ? `Did you mean ${near}?`
      : known.length > 0
        ? `There is: ${known.join(', ')}.`
        : 'Profiles stand under `profiles:` in a configuration file; see: pfs config path'
    throw new PfsError('PFS_USAGE', `there is no profile ${profile}`, { hint })
  }
  return holders.map(({ path, reading }) =>
    fileLayer(path, reading.profiles.get(profile) ?? new Map(), place => ({
      kind: 'profile',
      profile,
      place,
    })),
  )
}

function fileLayer(
  path: string,
  settings: FoundSettings,
  origin: (place: { path: string; line: number; column: number }) => Origin,
): Layer {
  const layer = new Map<Key, Value>()
  for (const [key, { value, line, column }] of settings) {
    const placed = rowOf(key).kind.isPath ? pathFrom(path, value as string) : value
    layer.set(key, { value: placed, origin: origin({ path, line, column }) })
  }
  return layer
}

/** A path in a file means the same wherever pfs runs. */
function pathFrom(file: string, path: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1))
  return resolvePath(dirname(file), path)
}

function overlaid(layers: readonly Layer[]): Pick<Configuration, 'values' | 'origins'> {
  const values: Partial<Record<Key, unknown>> = {}
  const origins: Partial<Record<Key, Origin>> = {}
  for (const key of keys) {
    const strongest = layers.find(layer => layer.has(key))?.get(key)
    if (strongest) values[key] = strongest.value
    origins[key] = strongest?.origin ?? { kind: 'default' }
  }
  return { values: values as Values, origins: origins as Readonly<Record<Key, Origin>> }
}
