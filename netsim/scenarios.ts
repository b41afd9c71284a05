// All scenarios by name. To add one: a row in the file of scenarios/ where its subject is; the sweep takes it up.

import { must } from '../src/base/assert.ts'
import type { Scenario } from './scenario.ts'
import { applications } from './scenarios/applications.ts'
import { faults } from './scenarios/faults.ts'
import { handshakes } from './scenarios/handshakes.ts'
import { marks } from './scenarios/marks.ts'
import { moves } from './scenarios/moves.ts'
import { multipath } from './scenarios/multipath.ts'
import { paths } from './scenarios/paths.ts'
import { tails } from './scenarios/tails.ts'

export const scenarios: readonly Scenario[] = [
  ...paths,
  ...tails,
  ...marks,
  ...faults,
  ...handshakes,
  ...moves,
  ...multipath,
  ...applications,
]

export function scenarioNamed(name: string): Scenario {
  const known = scenarios.map(each => each.name).join(', ')
  return must(
    scenarios.find(each => each.name === name),
    `no scenario '${name}'; there are: ${known}`,
  )
}
