// Numbers to places on a plot, and the ticks beside it. Pure.

export interface Scale {
  at(value: number): number
  readonly ticks: readonly number[]
}

/** From 0 to a round number above `most`. */
export function linear(most: number, from: number, to: number, about = 4): Scale {
  const step = roundStep(Math.max(most, Number.MIN_VALUE) / about)
  const count = Math.max(1, Math.ceil(most / step - 1e-9))
  const top = step * count
  return {
    at: value => from + ((to - from) * value) / top,
    ticks: Array.from({ length: count + 1 }, (_, i) => i * step),
  }
}

/** 1, 2 or 5 times a power of ten, no less than `rough`. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  return power * ([1, 2, 5, 10].find(times => times * power >= rough * 0.999) ?? 10)
}

/** Whole powers of ten around what is shown. */
export function logarithmic(least: number, most: number, from: number, to: number): Scale {
  const low = Math.floor(Math.log10(least))
  const high = Math.max(low + 1, Math.ceil(Math.log10(most)))
  return {
    at: value => from + ((to - from) * (Math.log10(value) - low)) / (high - low),
    ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
  }
}
