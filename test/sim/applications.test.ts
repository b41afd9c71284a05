// The scenarios of netsim/scenarios/applications.ts, each over many seeds.

import { applications } from '../../netsim/scenarios/applications.ts'
import { sweep } from './sweep.ts'

sweep(applications)
