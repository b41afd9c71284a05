// Every congestion controller by the name a user may give. To add one: a file beside this one, a row, and its run of
// test/suites/controller.ts. PROTOCOL.md §10

import { Background } from './background.ts'
import { Bbr } from './bbr/bbr.ts'
import type { ControllerFactory } from './controller.ts'
import { Cubic } from './cubic.ts'
import { fixedRate } from './fixed.ts'

export const controllers = {
  bbr: (now, datagramBytes) => new Bbr(now, datagramBytes),
  cubic: (now, datagramBytes) => new Cubic(now, datagramBytes),
  background: (now, datagramBytes) => new Background(now, datagramBytes),
} as const satisfies Record<string, ControllerFactory>

export type ControllerName = keyof typeof controllers

/** A controller by its name, or the bytes a second of a link that nobody else uses. */
export type Congestion = 'bbr' | 'cubic' | 'background' | { readonly bytesPerSecond: number }

export const controllerOf = (congestion: Congestion): ControllerFactory =>
  typeof congestion === 'string' ? controllers[congestion] : fixedRate(congestion.bytesPerSecond)
