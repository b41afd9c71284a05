// The benches' door to the networks they measure on: namespaces joined by a veth (netsim/netns.ts) or by an emulated
// link (netsim/lab.ts), which have the same shape.

export { canMakePairs, makePair, type Pair, type Side } from '../netsim/netns.ts'
