// node dist/netsim/run.js [SCENARIO [SEED [trace]]]: plays one scenario and says what came of it, or lists them all.
// The only file here that looks at a real clock, to say how fast the virtual one runs.

import { second } from '../src/base/units.ts'
import { measurements } from './measurements.ts'
import { play } from './play.ts'
import { scenarios } from './scenarios.ts'

const [name, seedText = '1', tracing] = process.argv.slice(2)
const known = [...scenarios, ...measurements]
const chosen = known.find(scenario => scenario.name === name)
if (!chosen) {
  for (const scenario of known) console.log(`${scenario.name.padEnd(24)} ${scenario.why}`)
  process.exitCode = name === undefined ? 0 : 2
} else {
  const startedMillis = performance.now()
  const startedCpu = process.cpuUsage()
  const result = play(chosen, Number(seedText), tracing ? { print: line => console.log(line) } : {})
  const wallSeconds = (performance.now() - startedMillis) / 1000
  const { user, system } = process.cpuUsage(startedCpu)
  const cpuSeconds = (user + system) / 1e6
  const virtualSeconds = result.nowMicros / second
  const datagrams = result.initiator.sentDatagrams + result.responder.sentDatagrams
  console.log(`${chosen.name}, seed ${seedText}: ${result.initiator.outcome} / ${result.responder.outcome}`)
  console.log(`virtual time   ${virtualSeconds.toFixed(3)} s in ${result.steps} steps`)
  console.log(
    `wall time      ${wallSeconds.toFixed(3)} s, ${(virtualSeconds / wallSeconds).toFixed(0)} times real time`,
  )
  console.log(`cpu time       ${cpuSeconds.toFixed(3)} s, which a shared machine does not stretch`)
  console.log(`datagrams      ${datagrams}, ${((1e6 * cpuSeconds) / datagrams).toFixed(1)} µs each`)
  console.log(
    `delivered      ${result.deliveredBytes} bytes, ${(result.goodputBitsPerSecond / 1e6).toFixed(2)} Mbit/s`,
  )
  console.log(`sent again     ${(100 * result.resentShare).toFixed(2)} %`)
  console.log(`longest stall  ${(result.stallMicrosMost / second).toFixed(3)} s`)
}
