// A seed is a run: the same one gives the same datagrams at the same times, another one does not. And the whole
// machine runs as well on real cryptography as on the simulator's.

import { expect, test } from 'vitest'
import { play } from '../../netsim/play.ts'
import { scenarioNamed } from '../../netsim/scenarios.ts'
import { createNodeAead } from '../../src/host/aead_node.ts'
import { createPrimitives } from '../../src/host/primitives.ts'

function traceOf(seed: number): string[] {
  const lines: string[] = []
  play(scenarioNamed('storm'), seed, { print: line => lines.push(line) })
  return lines
}

test('a seed replays to the same trace, and another seed gives another', () => {
  const trace = traceOf(1)
  expect(trace.length).toBeGreaterThan(500)
  expect(traceOf(1)).toEqual(trace)
  expect(traceOf(2)).not.toEqual(trace)
})

test('a failure names its scenario, its seed and how to replay it', () => {
  const impossible = { ...scenarioNamed('lossy'), virtualSecondsMax: 0.5 }
  expect(() => play(impossible, 7)).toThrow(/lossy, seed 7: out of time.*make sim SEED=7 SCENARIO='lossy'/s)
})

for (const name of ['known peer', 'first contact', 'key update often', 'injected datagrams', 'storm']) {
  test(`${name} holds with X25519, ChaCha20-Poly1305 and AES-256-GCM too`, async () => {
    const primitives = await createPrimitives()
    play(scenarioNamed(name), 1, { primitives, aead: createNodeAead() })
  })
}
