// Every congestion controller that needs nothing but a path, by the name a user may give. To add one: a file
// beside this one, a row, and its run of test/suites/controller.ts. PROTOCOL.md §10

import { Bbr } from './bbr/bbr.ts'
import type { ControllerFactory } from './controller.ts'
import { Cubic } from './cubic.ts'

export const controllers = {
  bbr: (now, datagramBytes) => new Bbr(now, datagramBytes),
  cubic: (now, datagramBytes) => new Cubic(now, datagramBytes),
} as const satisfies Record<string, ControllerFactory>

export type ControllerName = keyof typeof controllers
