// The scenarios of netsim/scenarios/multipath.ts, each over many seeds.

import { multipath } from '../../netsim/scenarios/multipath.ts'
import { sweep } from './sweep.ts'

sweep(multipath, 40)
