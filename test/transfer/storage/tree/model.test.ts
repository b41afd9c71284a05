// Random pairs of trees, one at the receiver and one that is sent, under every policy: what is there afterwards is what a
// small model of its own says, and nothing that was not sent is touched.

import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ConflictPolicy } from '../../../../src/transfer/storage/events.ts'
import { randomBytes } from '../../../pool/scratch.ts'
import { randomNumbers } from '../../../support/tree_maker.ts'
import { differences, lookAtTree } from '../../../support/tree_walker.ts'
import { makeSide } from '../../conversation.ts'
import { talkTree } from '../../tree_conversation.ts'

interface Node {
  readonly kind: 'file' | 'directory' | 'link'
  /** Of a file its content, of a link its text. */
  readonly content: string
  readonly mode: number
  readonly seconds: number
  /** Of files: those with the same are one. */
  readonly group: number
}

/** By path; each after the directory it lies in. */
type Tree = Map<string, Node>

class Chance {
  readonly #random: () => number
  #groups = 0

  constructor(seed: number) {
    this.#random = randomNumbers(seed * 2_654_435_761)
    for (let i = 0; i < 20; i++) this.#random()
  }

  of<T>(...values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T
  }

  is(share: number): boolean {
    return this.#random() < share
  }

  node(kind = this.of<Node['kind']>('file', 'file', 'file', 'link')): Node {
    const seconds = 1e9 + this.of(0, 1, 2)
    const mode = kind === 'directory' ? this.of(0o755, 0o700, 0o500) : this.of(0o644, 0o600, 0o755, 0o400)
    const content = kind === 'link' ? this.of('a', 'b', 'nowhere') : kind === 'file' ? this.content() : ''
    return { kind, content, mode: kind === 'link' ? 0o777 : mode, seconds, group: this.group() }
  }

  group(): number {
    return ++this.#groups
  }

  content(): string {
    const bytes = this.of(0, 5, 5, 1000, 30_000, 150_000, 400_000)
    return Buffer.from(randomBytes(bytes, this.of(1, 2, 3))).toString('latin1')
  }

  tree(): Tree {
    const tree: Tree = new Map([['', this.node('directory')]])
    const fill = (directory: string, depth: number): void => {
      for (const name of ['a', 'b', 'c.txt', 'd', 'e', 'f.tar.gz']) {
        if (this.is(0.35)) continue
        const path = `${directory}/${name}`
        const isDirectory = depth < 3 && this.is(0.3)
        const files = [...tree].filter(([, { kind }]) => kind === 'file')
        const first = this.of(...files)
        if (!isDirectory && first && this.is(0.15)) {
          tree.set(path, first[1])
          continue
        }
        tree.set(path, this.node(isDirectory ? 'directory' : undefined))
        if (isDirectory) fill(path, depth + 1)
      }
    }
    fill('', 1)
    return tree
  }

  /** What a receiver may have where that comes: the same, nearly, or something else. */
  earlier(tree: Tree): Tree {
    const old: Tree = new Map()
    const names = new Map<number, number>()
    for (const { group } of tree.values()) names.set(group, (names.get(group) ?? 0) + 1)
    /** Files with several names: one here too, or one file for each. */
    const mirrored = new Map<number, Node>()
    for (const [path, node] of tree) {
      const above = old.get(path.slice(0, path.lastIndexOf('/')))
      if (path !== '' && above?.kind !== 'directory') continue
      const isOne = (names.get(node.group) ?? 0) > 1 && node.group % 2 === 0
      const found = (isOne ? mirrored.get(node.group) : undefined) ?? this.#changed(node)
      const mine = path === '' ? { ...node, mode: 0o755 } : found
      if (!mine) continue
      if (isOne && mine.kind === 'file') mirrored.set(node.group, mine)
      old.set(path, mine)
      if (mine.kind === 'directory') old.set(`${path}/ours`, this.node())
    }
    return old
  }

  #changed(node: Node): Node | undefined {
    const other = { ...node, group: this.group() }
    switch (this.of('same', 'same', 'same', 'time', 'mode', 'bytes', 'other', 'none', 'none', 'kind')) {
      case 'same':
        return other
      case 'time':
        return { ...other, seconds: 1e9 + this.of(0, 1, 2) }
      case 'mode':
        return { ...other, mode: node.kind === 'link' ? 0o777 : this.of(0o755, 0o700) }
      case 'bytes': // of the same length
        return node.kind === 'file' ? { ...other, content: node.content.replace(/^./s, '!') } : other
      case 'other':
        return this.node(node.kind)
      case 'kind':
        return this.node(this.of('file', 'directory', 'link'))
      case 'none':
        return undefined
    }
  }
}

function make(root: string, tree: Tree): void {
  const firsts = new Map<number, string>()
  for (const [path, { kind, content, group }] of tree) {
    const at = join(root, path)
    const first = firsts.get(group)
    if (kind === 'directory') mkdirSync(at)
    else if (kind === 'link') symlinkSync(content, at)
    else if (first) linkSync(first, at)
    else writeFileSync(at, content, 'latin1')
    if (kind === 'file') firsts.set(group, at)
  }
  for (const [path, { kind, mode, seconds }] of [...tree].reverse()) {
    if (kind !== 'link') chmodSync(join(root, path), mode)
    if (kind === 'link') lutimesSync(join(root, path), seconds, seconds)
    else utimesSync(join(root, path), seconds, seconds)
  }
}

interface Outcome {
  /** Nothing is sent, for somebody must decide about something first. */
  readonly isRefused: boolean
  readonly tree: Tree
  readonly failed: readonly string[]
}

/** What is to be there when `sent` comes to where `old` is. */
function model(sent: Tree, old: Tree, policy: ConflictPolicy, chance: Chance): Outcome {
  const tree: Tree = new Map(old)
  const failed: string[] = []
  /** What stays, or fails: nothing is made below it. */
  const passed = new Set<string>()
  /** By group of what is sent: where its first name is, and which file has its content here. */
  const firsts = new Map<number, string>()
  const built = new Map<number, number>()
  const lost = new Set<number>()
  /** What is here, by its own group. */
  const files = new Map([...old.values()].map(node => [node.group, node]))
  let isRefused = false
  for (const [path, node] of inOrder(sent)) {
    const pass = (isFault: boolean): void => {
      passed.add(path)
      if (isFault) failed.push(path)
    }
    const isFile = node.kind === 'file'
    const first = isFile ? firsts.get(node.group) : undefined
    const isFirst = first === undefined
    if (isFile && isFirst) firsts.set(node.group, path)
    const put = (where: string, known = isFile ? built.get(node.group) : undefined): void => {
      const group = known ?? chance.group()
      if (isFile) built.set(node.group, group)
      // a further name of what stays is as that is
      const mine = isFirst ? undefined : files.get(group)
      files.set(group, mine ?? { ...node, group })
      tree.set(where, mine ?? { ...node, group })
    }
    if (path !== '' && passed.has(path.slice(0, path.lastIndexOf('/')))) {
      passed.add(path)
      continue
    }
    const there = old.get(path)
    if (isFile && lost.has(node.group)) {
      const isNewer = there !== undefined && there.kind !== 'directory' && there.seconds >= node.seconds
      pass(policy !== 'newer' || !isNewer)
      continue
    }
    if (!there || (there.kind === 'directory' && node.kind === 'directory')) {
      put(path)
      continue
    }
    if (there.kind === 'directory') {
      if (policy === 'fail') isRefused = true
      pass(policy !== 'skip')
      if (policy !== 'skip' && isFile && isFirst) lost.add(node.group)
      continue
    }
    const isOlder = there.seconds < node.seconds
    const isSame = there.kind === node.kind && there.content === node.content
    const isOne = first !== undefined && there.group === old.get(first)?.group
    if (isOne && there.group === built.get(node.group)) continue
    if (isFirst && isSame) {
      const isLeft = policy === 'skip' || (policy === 'newer' && there.seconds > node.seconds)
      if (!isLeft) put(path, there.group)
      else built.set(node.group, there.group)
      continue
    }
    const isAlike = isFile && there.kind === 'file' && there.content.length === node.content.length
    if (policy === 'fail') {
      if (!(isFirst ? isAlike : isOne)) isRefused = true
      pass(true)
    } else if (policy === 'skip' || (policy === 'newer' && !isOlder)) pass(false)
    else if (node.kind === 'directory' && policy !== 'overwrite') pass(true)
    else put(policy === 'rename' ? path.replace(/(\.[^./]*)?$/, ' (1)$1') : path)
  }
  // names of one file have one mode and one time
  for (const [path, node] of tree) tree.set(path, files.get(node.group) ?? node)
  return { isRefused, tree: isRefused ? old : tree, failed }
}

/** A directory, what is in it by the bytes of the names, then the next. */
const inOrder = (tree: Tree): [string, Node][] =>
  [...tree].sort(([a], [b]) => (a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1))

const policies: readonly ConflictPolicy[] = ['overwrite', 'skip', 'newer', 'rename', 'fail']
const seeds = Array.from({ length: Number(process.env.PFS_TEST_SEEDS ?? 12) }, (_, i) => i + 1)

for (const policy of policies) {
  test.each(seeds)(`under ${policy}, pair %i of trees`, async seed => {
    const chance = new Chance(seed * 31 + policies.indexOf(policy))
    const sent = chance.tree()
    const old = chance.earlier(sent)
    const [from, to] = [
      await makeSide(chance.of('off', 'copy')),
      await makeSide(chance.of('off', 'copy', 'auto')),
    ]
    make(join(from.directory, 'src'), sent)
    make(join(to.directory, 'src'), old)
    const expected = model(sent, old, policy, chance)
    make(join(to.directory, 'model'), new Map(inOrder(expected.tree)))
    const { verdicts, end } = await talkTree(from, to, { placement: { onConflict: policy } })
    if (expected.isRefused) expect(verdicts.at(-1)).toMatchObject({ kind: 'refuse', code: 'EXISTS' })
    else {
      expect(end).toMatchObject({ kind: 'done' })
      const failed = end?.kind === 'done' ? (end.stats.failed ?? []) : []
      expect(failed.map(({ path }) => path.slice(3)).sort()).toEqual([...expected.failed].sort())
    }
    const look = (name: string) => lookAtTree(join(to.directory, name), { timesIn: 'micros' })
    expect(differences(look('src'), look('model'))).toEqual([])
    expect(readdirSync(to.directory).sort()).toEqual(['model', 'src'])
  })
}
