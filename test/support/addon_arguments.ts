// Wrong arguments for the addon's functions: each answer must be a number, an object or a TypeError that names the function,
// and never a crash.

import { expect } from 'vitest'

type Call = (...values: unknown[]) => unknown

/** @param prefix of the functions that are tried · @param attempts the arguments of one call each */
export function expectSound(addon: unknown, prefix: RegExp, attempts: readonly (readonly unknown[])[]): void {
  const calls = Object.entries(addon as Record<string, Call>).filter(([name]) => prefix.test(name))
  expect(calls.length).toBeGreaterThan(0)
  for (const [name, call] of calls)
    for (const values of attempts) {
      let result: unknown
      try {
        result = call(...values)
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
        expect((error as Error).message).toContain(name)
        continue
      }
      if (result instanceof Promise) void result.catch(() => {})
      expect(typeof result).toMatch(/^(number|object)$/)
    }
}
