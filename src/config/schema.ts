// The document as zod sees it, made from the table: strict, so that a key nobody obeys is told rather than passed
// over. Loads zod, which costs more than all the rest of a start: only document.ts and the command that prints the
// schema come here.

import * as zod from 'zod'
import { keys, partsOf, rowOf, sections } from './table.ts'

/** What is left of a name that a terminal, a shell and a variable can all carry. */
const profileName = /^[A-Za-z0-9][\w.-]{0,63}$/
export const profileNameWanted = 'a name of letters, digits, dots, dashes and underscores'

export const isAMap = 'a map of settings'

const isMap = { error: () => isAMap }

/** One section: each of its settings may be there. An empty one is what is left when all its lines are comments. */
function section(name: string) {
  const settings = keys.filter(key => partsOf(key)[0] === name)
  const shape = settings.map(key => {
    const { kind, describe } = rowOf(key)
    return [partsOf(key)[1], kind.schema(zod).optional().describe(describe)] as const
  })
  return zod.strictObject(Object.fromEntries(shape), isMap).nullish()
}

const sectionShape = Object.fromEntries(sections.map(name => [name, section(name)]))
const names = zod.string().regex(profileName, profileNameWanted)

export const documentSchema = zod.strictObject(
  {
    $schema: zod.string().optional().describe('for editors; pfs does not read it'),
    version: zod.literal(1, { error: () => '1, the only version that this pfs reads' }),
    ...sectionShape,
    profiles: zod
      .record(names, zod.strictObject(sectionShape, isMap).nullish(), isMap)
      .nullish()
      .describe('settings under a name, for --profile NAME'),
  },
  isMap,
)

/** For editors: what may be written, before it is read. */
export function jsonSchema(): Record<string, unknown> {
  const schema = zod.toJSONSchema(documentSchema, { io: 'input' })
  return { ...schema, title: 'The configuration of pfs' }
}
