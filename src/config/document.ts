// A configuration document, YAML or JSON: from its text to the settings in it, each with its place, or to all that is
// wrong with it. Knows the table through schema.ts and no file. Nothing in a text is run or expanded.

import { parseDocument } from 'yaml'
import { type Mistake, mistakesOf } from './mistakes.ts'
import { documentSchema } from './schema.ts'
import { type Path, type Spot, Spots } from './spots.ts'
import { type Key, keys, partsOf } from './table.ts'

/** How often aliases may multiply what a text says before it is refused as a bomb. */
const aliasesMax = 100

/** More are not read by anybody, and a hostile file could have thousands. */
const mistakesMax = 20

export interface Found extends Spot {
  readonly value: unknown
}

/** What one document, or one profile in it, sets. */
export type FoundSettings = ReadonlyMap<Key, Found>

export type Reading =
  | {
      readonly kind: 'good'
      readonly settings: FoundSettings
      readonly profiles: ReadonlyMap<string, FoundSettings>
    }
  | { readonly kind: 'bad'; readonly mistakes: readonly Mistake[] }

export function readDocument(text: string): Reading {
  const spots = new Spots()
  let plain: unknown
  try {
    const document = parseDocument(text, {
      lineCounter: spots.lines,
      prettyErrors: false,
      logLevel: 'error',
    })
    const slips = [...document.errors, ...document.warnings]
    if (slips.some(({ message }) => isExhausted.test(message))) return tooDeep
    if (slips.length > 0) {
      return bad(
        slips.map(({ code, message, pos }) => ({
          ...spots.at(pos[0]),
          what: code === 'MULTIPLE_DOCS' ? 'it holds more than one document' : lowered(message),
          hint: undefined,
        })),
      )
    }
    spots.root = document.contents
    plain = document.toJS({ maxAliasCount: aliasesMax })
  } catch (error) {
    // what yaml throws rather than collects: aliases that multiply or lead nowhere
    if (error instanceof RangeError) return tooDeep
    return bad([{ line: 1, column: 1, what: lowered((error as Error).message), hint: undefined }])
  }
  // a file of comments alone sets nothing
  if (plain === null || plain === undefined) return { kind: 'good', settings: new Map(), profiles: new Map() }
  const parsed = documentSchema.safeParse(plain)
  if (!parsed.success) {
    return bad(parsed.error.issues.flatMap(issue => mistakesOf(issue, plain, spots)))
  }
  const { profiles } = parsed.data
  return {
    kind: 'good',
    settings: gather(parsed.data, [], spots),
    profiles: new Map(
      Object.entries(profiles ?? {}).map(([name, inner]) => [name, gather(inner, ['profiles', name], spots)]),
    ),
  }
}

/** Nested beyond what the stack carries: yaml says it so, and says it many times. */
const isExhausted = /call stack/
const tooDeep = bad([{ line: 1, column: 1, what: 'it is nested too deeply', hint: undefined }])

/** In the order of the text; of what stands at one place the first, as when two aliases lead there. */
function bad(mistakes: readonly Mistake[]): Extract<Reading, { kind: 'bad' }> {
  const byPlace = new Map(
    mistakes.toReversed().map(mistake => [mistake.line * 1e6 + mistake.column, mistake]),
  )
  const inOrder = [...byPlace].toSorted(([a], [b]) => a - b).map(([, mistake]) => mistake)
  return { kind: 'bad', mistakes: inOrder.slice(0, mistakesMax) }
}

function gather(from: unknown, path: Path, spots: Spots): FoundSettings {
  const all = new Map<Key, Found>()
  for (const key of keys) {
    const [section, name] = partsOf(key)
    const value = member(member(from, section), name)
    if (value !== undefined) all.set(key, { value, ...spots.ofValue([...path, section, name]) })
  }
  return all
}

const member = (of: unknown, name: string): unknown =>
  (of as Record<string, unknown> | null | undefined)?.[name]

/** yaml's sentences begin with a capital letter, and ours go on after a colon. */
const lowered = (message: string): string =>
  message.replace(/^[A-Z](?=[a-z])/, letter => letter.toLowerCase())
