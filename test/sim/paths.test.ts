// The scenarios of netsim/scenarios/paths.ts, each over many seeds.

import { paths } from '../../netsim/scenarios/paths.ts'
import { sweep } from './sweep.ts'

sweep(paths)
