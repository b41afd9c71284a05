// Plays a scenario with a seed: builds the ring, turns it, judges the end. The same scenario and seed give the same
// run, to the byte. PROTOCOL.md says what must hold; scenario.ts what this run must come to.

import { assert } from '../src/base/assert.ts'
import { type Micros, second } from '../src/base/units.ts'
import type { AeadFactory } from '../src/crypto/aead.ts'
import type { KeyPair, Primitives } from '../src/crypto/primitives.ts'
import { type Config, defaultConfig } from '../src/proto/config.ts'
import { Endpoint } from '../src/proto/endpoint.ts'
import { PortablePlane } from '../src/proto/plane/portable.ts'
import { buildHop, prngOf } from './hops.ts'
import { Invariants } from './invariants.ts'
import { Ledger } from './ledger.ts'
import type { Node } from './node.ts'
import { Host } from './nodes/endpoint.ts'
import type { Scenario } from './scenario.ts'
import type { Role } from './script.ts'
import { createSimAead } from './sim_aead.ts'
import { simNoise } from './sim_noise.ts'
import { SimPayloads } from './sim_payloads.ts'
import { SimulationFailure, simulate } from './simulate.ts'
import { traceLine } from './trace.ts'

export interface PlayOptions {
  /** Real cryptography instead of the cheap kind. */
  readonly primitives?: Primitives
  readonly aead?: AeadFactory
  readonly print?: (line: string) => void
}

export interface Play {
  readonly nowMicros: Micros
  readonly steps: number
  readonly initiator: Host
  readonly responder: Host
  /** Bytes the two applications got. */
  readonly deliveredBytes: number
  /** Stream bytes sent again, by the core's counters, as a share of those delivered. */
  readonly resentShare: number
  /** From the first byte to the last, both directions. */
  readonly goodputBitsPerSecond: number
  readonly stallMicrosMost: Micros
  /** Of the path, for what only it can tell. */
  readonly nodes: readonly Node[]
}

/** Throws a SimulationFailure that names scenario and seed when anything does not hold. */
export function play(scenario: Scenario, seed: number, options: PlayOptions = {}): Play {
  const { initiator, responder, nodes, check } = build(scenario, seed, options)
  const { print } = options
  let now: Micros = 0
  try {
    const { nowMicros, steps } = simulate({
      nodes,
      untilMicros: scenario.virtualSecondsMax * second,
      afterStep: at => {
        now = at
        check()
      },
      ...(print ? { trace: (at, from, to, datagram) => print(traceLine(at, from, to, datagram)) } : {}),
    })
    const result = { ...summarize(nowMicros, steps, initiator, responder), nodes }
    judge(scenario, result)
    return result
  } catch (error) {
    throw explain(error, scenario, seed, now, [initiator, responder])
  }
}

/** The two hosts of a scenario, what is between them, and what must hold after every step. */
export function build(scenario: Scenario, seed: number, options: PlayOptions) {
  const { primitives = simNoise, aead = createSimAead() } = options
  const keys = [0, 1, 2].map(i => primitives.generateKeyPair(prngOf(seed, 100 + i).fill(new Uint8Array(32))))
  const psk = scenario.hasPsk ? prngOf(seed, 103).fill(new Uint8Array(32)) : undefined
  const pins = { right: keys[1]!.publicKey, wrong: keys[2]!.publicKey, none: undefined }
  const host = (role: Role): { host: Host; config: Config } => {
    const isInitiator = role === 'initiator'
    const config = {
      ...defaultConfig,
      ...(isInitiator ? scenario.initiatorConfig : scenario.responderConfig),
    }
    const staticKeys = keys[isInitiator ? 0 : 1]!
    const endpoint = createEndpoint({ scenario, role, config, aead, primitives, staticKeys, seed, psk })
    const remoteStatic = isInitiator ? pins[scenario.pin] : undefined
    const { [role]: script } = scenario
    return {
      host: new Host({ role, endpoint, script, remoteStatic, psk, ends: scenario.ends[role] }),
      config,
    }
  }
  const [initiator, responder] = [host('initiator'), host('responder')]
  initiator.host.peer = responder.host
  responder.host.peer = initiator.host
  const watches = [initiator, responder].map(each => new Invariants(each.host, each.config))
  const nodes = [
    initiator.host,
    ...scenario.forth.map((hop, i) => buildHop(hop, prngOf(seed, i))),
    responder.host,
    ...scenario.back.map((hop, i) => buildHop(hop, prngOf(seed, 50 + i))),
  ]
  const check = () => {
    for (const watch of watches) watch.check()
  }
  return { initiator: initiator.host, responder: responder.host, nodes, check }
}

interface EndpointPlan {
  readonly scenario: Scenario
  readonly role: Role
  readonly config: Config
  readonly aead: AeadFactory
  readonly primitives: Primitives
  readonly staticKeys: KeyPair
  readonly seed: number
  readonly psk: Uint8Array | undefined
}

function createEndpoint(plan: EndpointPlan): Endpoint {
  const { scenario, role, config, aead, primitives, staticKeys, seed, psk } = plan
  const prng = prngOf(seed, role === 'initiator' ? 110 : 111)
  const other = role === 'initiator' ? 'responder' : 'initiator'
  return new Endpoint({
    config,
    primitives,
    suites: aead.suites,
    staticKeys,
    random: bytes => prng.fill(new Uint8Array(bytes)),
    createPlane: payloads => new PortablePlane(payloads, aead),
    createPayloads: () => new SimPayloads(role, new Ledger(other, scenario[other])),
    accepts: role === 'responder',
    ...(psk && role === 'responder' ? { psk } : {}),
  })
}

function summarize(nowMicros: Micros, steps: number, initiator: Host, responder: Host): Omit<Play, 'nodes'> {
  const apps = [initiator.app, responder.app].filter(app => app !== undefined)
  const sum = (of: (app: (typeof apps)[number]) => number) => apps.reduce((total, app) => total + of(app), 0)
  const deliveredBytes = sum(app => app.ledger.deliveredBytes)
  const resentBytes = sum(app => app.connection.stats.bytesRetransmitted)
  const since = Math.min(...apps.map(app => app.establishedAt))
  const until = Math.max(...apps.map(app => (app.receivedAt <= nowMicros ? app.receivedAt : 0)))
  return {
    nowMicros,
    steps,
    initiator,
    responder,
    deliveredBytes,
    resentShare: deliveredBytes === 0 ? 0 : resentBytes / deliveredBytes,
    goodputBitsPerSecond: until > since ? (8 * deliveredBytes * second) / (until - since) : 0,
    stallMicrosMost: Math.max(0, ...apps.map(app => app.stallMicrosMost)),
  }
}

function judge(scenario: Scenario, result: Play): void {
  const { initiator, responder } = result
  const confirmed = responder.apps.filter(app => app.isConfirmed)
  assert(confirmed.length <= 1, `${confirmed.length} connections were confirmed; there was one peer`)
  if (!isTampering(scenario)) {
    for (const host of [initiator, responder]) {
      const dropped = host.app?.connection.stats.dropped
      const wrong = dropped ? dropped.forged + dropped.malformed : 0
      assert(wrong === 0, `nobody tampers, yet ${host.name} took ${wrong} datagrams for forged`)
    }
  }
  if (scenario.completes) {
    assert(initiator.app?.ledger.hasEverything === true, `bytes are missing: ${initiator}`)
    assert(responder.app?.ledger.hasEverything === true, `bytes are missing: ${responder}`)
  }
  // that one side finished means that the other has everything, however it ended itself
  if (initiator.outcome === 'local:NONE')
    assert(responder.app?.ledger.hasEverything === true, `finished, but bytes are missing: ${responder}`)
  const { bounds = {} } = scenario
  const stats = initiator.app?.connection.stats
  const most = (value: number, max: number | undefined, what: string) =>
    assert(max === undefined || value <= max, `${what} is ${value}, over ${max}`)
  const least = (value: number, min: number | undefined, what: string) =>
    assert(min === undefined || value >= min, `${what} is ${value}, under ${min}`)
  most(result.resentShare, bounds.resentShareMax, 'the share of bytes sent again')
  most(result.stallMicrosMost / second, bounds.stallSecondsMax, 'the longest stall in seconds')
  least(result.nowMicros / second, bounds.virtualSecondsMin, 'the virtual time')
  most(responder.app?.ledger.bufferedBytesMost ?? 0, bounds.bufferedBytesMax, 'what the responder held')
  most(initiator.sentDatagrams + responder.sentDatagrams, bounds.datagramsMax, 'the number of datagrams')
  least(stats?.keyUpdates ?? 0, bounds.keyUpdatesMin, 'the number of key updates')
  least(result.goodputBitsPerSecond / 1e6, bounds.megabitsMin, 'the rate in Mbit/s')
  least(initiator.app?.pathsMost ?? 0, bounds.paths, 'the number of paths')
  most(initiator.app?.pathsMost ?? 0, bounds.pathsMax, 'the number of paths')
  const changes = responder.app?.connection.stats.addressChanges ?? 0
  least(changes, bounds.addressChanges?.min, 'the number of address changes')
  most(changes, bounds.addressChanges?.max, 'the number of address changes')
  least(stats?.datagramBytes ?? 0, bounds.datagramBytes?.min, 'the datagram size')
  most(stats?.datagramBytes ?? 0, bounds.datagramBytes?.max, 'the datagram size')
}

function isTampering({ forth, back }: Scenario): boolean {
  const tamperers = ['corrupt', 'inject', 'rewrite', 'repeat', 'duplicate', 'flood']
  return [...forth, ...back].some(hop => tamperers.includes(hop.kind))
}

function explain(error: unknown, scenario: Scenario, seed: number, now: Micros, hosts: Host[]): Error {
  const why = error instanceof Error ? error.message.replace(/^at [\d.]+ s: /, '') : String(error)
  const replay = `replay: make sim SEED=${seed} SCENARIO='${scenario.name}'`
  const failure = new SimulationFailure(
    now,
    `${scenario.name}, seed ${seed}: ${why}\n  ${hosts.join('\n  ')}\n  ${replay}`,
  )
  failure.cause = error
  return failure
}
