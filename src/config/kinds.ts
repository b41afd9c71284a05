// What a setting can be: how its text is read, how it is written again, and its zod schema. The text readers serve
// flags and variables without loading zod, and the schemas end in the same readers, so that a value means the same
// wherever it stands. Knows no setting.

import type * as Zod from 'zod'
import { GiB, type Micros, second } from '../base/units.ts'
import { congestionOf } from './congestions.ts'
import { durationOf, durationSpelling, formatWritten, portOf, sizeOf, sizeSpelling } from './quantities.ts'
import { ratesOf } from './rates.ts'

export type Written = string | number | boolean | readonly string[]

export interface Kind<T> {
  /** What may stand there: the end of a sentence that begins with 'must be'. */
  readonly wanted: string
  /** undefined: the text is none of these. */
  readonly read: (text: string) => T | undefined
  /** As a document would have it. */
  write(value: T): Written
  readonly schema: (zod: typeof Zod) => Zod.ZodType<T>
  /** A path, which counts from the folder of the file that names it. */
  readonly isPath?: true
}

export type ValueOf<K> = K extends Kind<infer T> ? T : never

export function choice<const T extends string>(
  choices: readonly T[],
): Kind<T> & { readonly choices: readonly T[] } {
  const wanted = choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(', ')}`
  return {
    choices,
    wanted,
    read: text => choices.find(one => one === text),
    write: value => value,
    schema: zod => zod.enum(choices as unknown as [T, ...T[]], { error: () => wanted }),
  }
}

/** Several of `choices`; as text, with commas between. */
export function several<const T extends string>(choices: readonly T[]): Kind<readonly T[]> {
  const one = choice(choices)
  const wanted = `a list of: ${choices.join(', ')}`
  return {
    wanted,
    read: text => {
      const found = words(text).map(one.read)
      return found.includes(undefined) ? undefined : (found as readonly T[])
    },
    write: value => value,
    schema: zod => zod.array(one.schema(zod), { error: () => wanted }),
  }
}

/** Words that another part understands; as text, with commas between. */
export function list(wanted: string): Kind<readonly string[]> {
  return {
    wanted,
    read: words,
    write: value => value,
    schema: zod => zod.array(zod.string({ error: () => wanted }).min(1, wanted), { error: () => wanted }),
  }
}

export const yesOrNo: Kind<boolean> = {
  wanted: 'true or false',
  read: text => switches.get(text.toLowerCase()),
  write: value => value,
  schema: zod => zod.boolean({ error: () => 'true or false' }),
}

const switches = new Map([
  ...['1', 'true', 'yes', 'on'].map(text => [text, true] as const),
  ...['0', 'false', 'no', 'off'].map(text => [text, false] as const),
])

export const path: Kind<string> = {
  wanted: 'a path',
  read: text => (text === '' || text.includes('\0') ? undefined : text),
  write: value => value,
  schema: zod =>
    zod
      .string({ error: () => 'a path' })
      .refine(text => path.read(text) !== undefined, { error: () => 'a path', abort: true }),
  isPath: true,
}

/** Kept as it was written: a timetable holds by the clock of whoever obeys it. */
export const rate: Kind<string> = fromText(
  'a rate, 10M or off for one, or a timetable, "08:00,1M 18:00,off"',
  /\S/,
  text => (ratesOf(text).isGood ? text.trim() : undefined),
  text => text,
)

/** Kept as it was written, like a rate. */
export const congestion: Kind<string> = fromText(
  'bbr, cubic, background, or fixed:RATE with bytes a second, fixed:10M for one',
  /\S/,
  text => (congestionOf(text.trim()) === undefined ? undefined : text.trim()),
  text => text,
)

export const port: Kind<number> = {
  wanted: 'a port, 1 to 65535',
  read: portOf,
  write: value => value,
  schema: zod =>
    zod
      .int({ error: () => port.wanted })
      .min(1, port.wanted)
      .max(65_535, port.wanted),
}

export const size: Kind<number> = fromText('a size, 20GiB or 500MB for one', sizeSpelling, sizeOf, bytes =>
  bytes > 0 && bytes % GiB === 0 ? `${bytes / GiB}GiB` : String(bytes),
)

export function duration(leastMicros: Micros, mostMicros: Micros): Kind<Micros> {
  const bounds = `${formatWritten(leastMicros)} to ${formatWritten(mostMicros)}`
  return fromText(
    `a duration of ${bounds}, a number of seconds or 30s, 2m for two`,
    durationSpelling,
    text => {
      const micros = durationOf(text)
      return micros !== undefined && micros >= leastMicros && micros <= mostMicros ? micros : undefined
    },
    micros => (micros % second === 0 ? formatWritten(micros) : `${micros / second}s`),
  )
}

/** A text, or a number that is read like one. */
function fromText<T>(
  wanted: string,
  spelling: RegExp,
  read: (text: string) => T | undefined,
  write: (value: T) => string,
): Kind<T> {
  return {
    wanted,
    read: text => (spelling.test(text) ? read(text) : undefined),
    write,
    schema: zod =>
      zod
        .union([zod.string().regex(spelling, wanted), zod.number()], { error: () => wanted })
        .transform((given, context) => {
          const value = read(String(given))
          if (value !== undefined) return value
          context.addIssue({ code: 'custom', message: wanted })
          return zod.NEVER
        }),
  }
}

const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
