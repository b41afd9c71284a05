// The scenarios of netsim/scenarios/moves.ts, each over many seeds.

import { moves } from '../../netsim/scenarios/moves.ts'
import { sweep } from './sweep.ts'

sweep(moves, 40)
