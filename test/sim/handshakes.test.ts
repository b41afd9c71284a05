// The scenarios of netsim/scenarios/handshakes.ts, each over many seeds.

import { handshakes } from '../../netsim/scenarios/handshakes.ts'
import { sweep } from './sweep.ts'

sweep(handshakes)
