// What is sent, as data: the file or tree, and of a new version what both sides hold of the old one. workload_files.ts
// makes them by seed.

export type Change = 'byte' | 'percent' | 'front' | 'none' | 'touched'

export interface Workload {
  readonly name: string
  readonly title: string
  readonly kind: 'file' | 'tree'
  readonly content: 'random' | 'text'
  /** Both sides hold the version before this change; undefined: the receiver holds nothing. */
  readonly change: Change | undefined
  /** Percent of the bytes, or of a tree's files. */
  readonly changedPercent: number
  readonly isQuick: boolean
}

const file = {
  kind: 'file',
  content: 'random',
  change: undefined,
  changedPercent: 0,
  isQuick: false,
} as const
const tree = { ...file, kind: 'tree', content: 'text' } as const

export const workloads: readonly Workload[] = [
  { ...file, name: 'random', title: 'one incompressible file', isQuick: true },
  { ...file, name: 'text', title: 'one compressible file', content: 'text' },
  { ...file, name: 'byte', title: 'a new version, 1 byte changed', change: 'byte' },
  {
    ...file,
    name: 'percent-1',
    title: 'a new version, 1 % changed',
    change: 'percent',
    changedPercent: 1,
    isQuick: true,
  },
  {
    ...file,
    name: 'percent-10',
    title: 'a new version, 10 % changed',
    change: 'percent',
    changedPercent: 10,
  },
  { ...file, name: 'front', title: 'a new version, 37 bytes put in front', change: 'front' },
  { ...file, name: 'again', title: 'the same file again, the target in place', change: 'none' },
  { ...tree, name: 'small', title: 'a tree of small files', isQuick: true },
  {
    ...tree,
    name: 'touched',
    title: 'a tree again, 5 % of its files rewritten',
    change: 'touched',
    changedPercent: 5,
  },
]
