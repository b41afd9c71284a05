// `make analyze`: the reports again, from what lies in results/ or in the files named. Each scenario and workload comes
// from the newest session that ran it.
//
//   node dist/bench/compare/analyze.js [FILE…]

import { groupsIn } from './cells.ts'
import { writeReports } from './report/files.ts'
import { groupText } from './report/terminal.ts'
import { readSessions, resultsFolder } from './results.ts'

const { sessions, passedOver } = readSessions(process.argv.slice(2))
for (const path of passedOver) console.error(`passed over, not a session of this version: ${path}`)
if (sessions.length === 0) {
  console.error(`no results in ${resultsFolder}: run make compare`)
  process.exitCode = 2
} else {
  for (const group of groupsIn(sessions)) console.log(groupText(group))
  console.log(writeReports(sessions).join('\n'))
}
