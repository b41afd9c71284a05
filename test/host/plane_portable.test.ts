// The portable data plane, by the suite of every plane.

import { planeSuite, portable } from '../suites/plane.ts'

planeSuite('portable plane', portable, portable)
