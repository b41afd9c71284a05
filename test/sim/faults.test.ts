// The scenarios of netsim/scenarios/faults.ts, each over many seeds.

import { faults } from '../../netsim/scenarios/faults.ts'
import { sweep } from './sweep.ts'

sweep(faults)
