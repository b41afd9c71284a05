// Bytes by position: what a stream carries can be made, and checked, anywhere without storing it. A table of random
// bytes, whose place shifts from one turn to the next, so that bytes at a wrong offset do not pass for right ones.

import { Prng } from '../src/base/prng.ts'

// prime: no multiple of a packet's or a window's size ever lands on the same byte again
const period = 65_521
const table = new Prng(0x7061696e74).fill(new Uint8Array(period))

// Where in the table the `turn`-th stretch of `period` bytes of `stream` begins.
function shift(stream: number, turn: number): number {
  return (stream * 12_289 + turn * 7_919) % period
}

/** Fills `target` with the bytes of `stream` from `offset`. */
export function paint(stream: number, offset: number, target: Uint8Array): void {
  let at = 0
  while (at < target.length) {
    const [from, count] = stretch(stream, offset + at, target.length - at)
    target.set(table.subarray(from, from + count), at)
    at += count
  }
}

// compared word by word: three times as fast as byte by byte, and every byte received passes here
const scratchBytes = 16 * 1024
const wanted = new Uint32Array(scratchBytes / 4)
const given = new Uint32Array(scratchBytes / 4)
const wantedBytes = new Uint8Array(wanted.buffer)
const givenBytes = new Uint8Array(given.buffer)

/** Whether `bytes` are those of `stream` at `offset`. */
export function isPainted(stream: number, offset: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += scratchBytes) {
    const length = Math.min(scratchBytes, bytes.length - at)
    const words = Math.ceil(length / 4)
    wanted[words - 1] = 0
    given[words - 1] = 0
    paint(stream, offset + at, wantedBytes.subarray(0, length))
    givenBytes.set(length === bytes.length ? bytes : bytes.subarray(at, at + length))
    for (let i = 0; i < words; i++) if (wanted[i] !== given[i]) return false
  }
  return true
}

// The place in the table of `offset`, and how many of `length` bytes lie together there.
function stretch(stream: number, offset: number, length: number): [from: number, count: number] {
  const turn = Math.floor(offset / period)
  const inTurn = offset - turn * period
  const from = (inTurn + shift(stream, turn)) % period
  return [from, Math.min(length, period - inTurn, period - from)]
}
