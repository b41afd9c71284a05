// Where in a document a setting stands, as line and column: from the path of a value to the node that yaml made of it.
// Knows yaml's nodes and no setting.

import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair } from 'yaml'

/** Counted from 1. */
export interface Spot {
  readonly line: number
  readonly column: number
}

export type Path = readonly PropertyKey[]

export class Spots {
  readonly lines = new LineCounter()
  /** The document's outermost node, once it is parsed. */
  root: Node | null = null

  at(offset: number): Spot {
    const { line, col } = this.lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  /** Of the value that the path leads to. */
  ofValue(path: Path): Spot {
    return this.at(offsetOf(this.root, path, false))
  }

  /** Of the key that is last in the path. */
  ofKey(path: Path): Spot {
    return this.at(offsetOf(this.root, path, true))
  }
}

/** Where in the text the path leads; where it leaves the text, as far as it goes. */
function offsetOf(root: Node | null, path: Path, atKey: boolean): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const [at, step] of path.entries()) {
    if (isAlias(node) && root) node = aliased(root, node.source)
    if (isMap(node)) {
      const pair = node.items.find(item => keyOf(item) === String(step))
      if (!pair) return offset
      const isLast = at === path.length - 1
      const key = pair.key as Node | null
      node = pair.value
      offset = (isLast && atKey ? key : ((pair.value as Node | null) ?? key))?.range?.[0] ?? offset
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key)

/** The node that an anchor names: the last before the end, which is right but for anchors that are named twice. */
function aliased(root: Node, anchor: string): unknown {
  const queue: unknown[] = [root]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (isAlias(next)) continue
    if ((next as { anchor?: string }).anchor === anchor) return next
    if (isMap(next)) queue.push(...next.items.map(({ value }) => value ?? undefined).filter(Boolean))
    else if (isSeq(next)) queue.push(...next.items)
  }
  return undefined
}
