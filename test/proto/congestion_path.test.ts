// The sending parts together over one modelled bottleneck: CUBIC decides the window, the pacer the trains, the
// receiver when to acknowledge. One flow alone must fill the path without filling the queue. PROTOCOL.md §9-3, §10

import { expect, test } from 'vitest'
import { type Micros, millisecond, second } from '../../src/base/units.ts'
import { Cubic } from '../../src/proto/congestion/cubic.ts'
import { initialRttMicros, Rtt } from '../../src/proto/recovery/rtt.ts'
import { Seen } from '../../src/proto/recv/seen.ts'
import { Pacer, pacingRate } from '../../src/proto/send/pacer.ts'

const datagramBytes = 1200

interface Path {
  readonly bytesPerSecond: number
  readonly rttMicros: Micros
  readonly queueBytes: number
}

interface Outcome {
  deliveredBytes: number
  lost: number
  isSlowStart: boolean
  trains: number
  packets: number
  acks: number
}

interface Sent {
  readonly number: number
  readonly sentMicros: Micros
  readonly arrivesMicros: Micros
}

class Flow {
  readonly #path: Path
  readonly #cubic = new Cubic(0, datagramBytes)
  readonly #rtt = new Rtt()
  readonly #seen = new Seen()
  readonly #pacer: Pacer
  // in order of arrival, which is the order of numbers: the path does not reorder
  #flying: Sent[] = []
  #answers: { arrivesMicros: Micros; sent: Sent[]; delay: Micros }[] = []
  #unanswered: Sent[] = []
  #freeMicros: Micros = 0
  #inFlightBytes = 0
  #nextNumber = 0
  #largestAcked = -1
  #now: Micros = 0
  readonly outcome: Outcome = {
    deliveredBytes: 0,
    lost: 0,
    isSlowStart: true,
    trains: 0,
    packets: 0,
    acks: 0,
  }

  constructor(path: Path) {
    this.#path = path
    const rate = pacingRate(this.#cubic.windowBytes, initialRttMicros, true)
    this.#pacer = new Pacer(0, rate, datagramBytes)
  }

  run(untilMicros: Micros): Outcome {
    while (this.#now < untilMicros) {
      const sendMicros = this.#send()
      const arrival = this.#flying[0]?.arrivesMicros ?? Number.POSITIVE_INFINITY
      const answer = this.#answers[0]?.arrivesMicros ?? Number.POSITIVE_INFINITY
      this.#now = Math.max(this.#now, Math.min(sendMicros, arrival, answer, this.#seen.ackDeadline))
      this.#receive()
      while ((this.#answers[0]?.arrivesMicros ?? Number.POSITIVE_INFINITY) <= this.#now) this.#onAnswer()
    }
    this.outcome.isSlowStart = this.#cubic.isSlowStart
    return this.outcome
  }

  // Returns when there may be more to send.
  #send(): Micros {
    for (;;) {
      const room = Math.floor((this.#cubic.windowBytes - this.#inFlightBytes) / datagramBytes)
      if (room < 1) return Number.POSITIVE_INFINITY
      const packets = Math.min(room, this.#pacer.trainPackets(this.#now, datagramBytes))
      if (packets === 0) return this.#pacer.nextTrainMicros(this.#now, datagramBytes)
      for (let i = 0; i < packets; i++) this.#enqueue()
      this.#pacer.onSent(this.#now, packets * datagramBytes)
      this.outcome.trains++
      this.outcome.packets += packets
    }
  }

  #enqueue(): void {
    const number = this.#nextNumber++
    this.#inFlightBytes += datagramBytes
    const queuedBytes = (Math.max(0, this.#freeMicros - this.#now) * this.#path.bytesPerSecond) / second
    if (queuedBytes + datagramBytes > this.#path.queueBytes) return
    const transmit = (datagramBytes * second) / this.#path.bytesPerSecond
    this.#freeMicros = Math.max(this.#freeMicros, this.#now) + transmit
    const arrivesMicros = this.#freeMicros + this.#path.rttMicros / 2
    this.#flying.push({ number, sentMicros: this.#now, arrivesMicros })
  }

  #receive(): void {
    for (let sent = this.#flying[0]; sent && sent.arrivesMicros <= this.#now; sent = this.#flying[0]) {
      this.#flying.shift()
      this.#seen.onPacket(this.#now, sent.number, true)
      this.#unanswered.push(sent)
      this.outcome.deliveredBytes += datagramBytes
      this.#seen.endOfBatch(this.#now, this.#path.rttMicros)
    }
    if (!this.#seen.shouldAckNow(this.#now)) return
    const arrivesMicros = this.#now + this.#path.rttMicros / 2
    this.#answers.push({ arrivesMicros, sent: this.#unanswered, delay: this.#seen.ackDelay(this.#now) })
    this.#unanswered = []
    this.#seen.onAckSent()
    this.outcome.acks++
  }

  #onAnswer(): void {
    const answer = this.#answers.shift()
    const newest = answer?.sent.at(-1)
    if (!answer || !newest) return
    this.#rtt.onSample(this.#now - newest.sentMicros, answer.delay, true)
    const span = newest.number - this.#largestAcked
    const lost = span - answer.sent.length
    this.#largestAcked = newest.number
    this.#cubic.onAcked({
      now: this.#now,
      bytes: answer.sent.length * datagramBytes,
      sentMicros: newest.sentMicros,
      latestRttMicros: this.#rtt.latest,
      smoothedRttMicros: this.#rtt.smoothed,
      minimumRttMicros: this.#rtt.minimum,
      inFlightBytes: this.#inFlightBytes,
      isWindowLimited: true,
      rate: {
        bytesPerSecond: 0,
        isAppLimited: false,
        deliveredBytes: 0,
        priorDeliveredBytes: 0,
        inFlightBytes: 0,
      },
    })
    this.#inFlightBytes -= span * datagramBytes
    if (lost > 0) this.#onLost(lost, newest.sentMicros - 1)
    const rate = pacingRate(this.#cubic.windowBytes, this.#rtt.smoothed, this.#cubic.isSlowStart)
    this.#pacer.setRate(this.#now, rate, datagramBytes)
  }

  #onLost(packets: number, sentMicros: Micros): void {
    this.outcome.lost += packets
    this.#cubic.onLost({
      now: this.#now,
      bytes: packets * datagramBytes,
      losses: 1,
      sentMicros,
      isPersistent: false,
    })
  }
}

// A path whose queue holds `roundTrips` of its rate.
function pathOf(mbps: number, rttMillis: number, roundTrips: number): Path {
  const bytesPerSecond = mbps * 125_000
  const rttMicros = rttMillis * millisecond
  return { bytesPerSecond, rttMicros, queueBytes: (roundTrips * bytesPerSecond * rttMicros) / second }
}

for (const [mbps, rttMillis] of [
  [10, 20],
  [100, 50],
  [300, 100],
] as const) {
  // acknowledgements: one a span of §9-3, 625 µs to 3.1 ms here, and two packets at least
  test(`one flow fills ${mbps} Mbit/s at ${rttMillis} ms in long trains with few acknowledgements`, () => {
    const path = pathOf(mbps, rttMillis, 1)
    const outcome = new Flow(path).run(10 * second)
    expect(outcome.deliveredBytes).toBeGreaterThan(0.9 * path.bytesPerSecond * 10)
    expect(outcome.lost).toBeLessThan(0.025 * outcome.packets)
    // at a packet a millisecond every acknowledgement lets two go
    expect(outcome.packets / outcome.trains).toBeGreaterThan(mbps < 100 ? 2 : 12)
    const ofSpan = Math.min(64, (mbps * 1e6 * Math.max(rttMillis / 32, 1)) / 1000 / 8 / datagramBytes)
    expect(outcome.packets / outcome.acks).toBeGreaterThan(0.9 * Math.max(2, ofSpan))
  })

  // twelve: five cautious rounds may still treble the window that made the round trip rise
  test(`in a deep queue at ${mbps} Mbit/s and ${rttMillis} ms slow start ends by the clock, not by loss`, () => {
    const flow = new Flow(pathOf(mbps, rttMillis, 12))
    for (let i = 1; i < 200 && flow.outcome.isSlowStart; i++) flow.run(i * rttMillis * millisecond)
    expect(flow.outcome.isSlowStart).toBe(false)
    expect(flow.outcome.lost).toBe(0)
  })
}
