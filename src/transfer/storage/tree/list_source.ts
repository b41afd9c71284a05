// The manifest of a tree on its way out: bytes in memory, planned entry by entry against an earlier manifest that both sides
// hold, so that it costs what has changed in it. Knows no peer. PROTOCOL.md §15.3-9

import { must } from '../../../base/assert.ts'
import { equal } from '../../../base/bytes.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import type { Recipe } from '../../../cut/recipe.ts'
import { literalBlockBytesMax } from '../../../offset/limits.ts'
import type { Step } from '../../../offset/plan.ts'
import type { PreparedSource } from '../events.ts'
import type { SourceObject } from '../source_object.ts'
import type { KnownTree } from './history.ts'
import { pairs, wholeOf } from './pairs.ts'

export class ListSource implements SourceObject {
  readonly prepared: PreparedSource
  readonly recipe: Recipe
  readonly #manifest: Manifest
  readonly #known: readonly KnownTree[]

  /** @param prepared names it · @param known trees whose manifests were offered as near */
  constructor(prepared: PreparedSource, manifest: Manifest, recipe: Recipe, known: readonly KnownTree[]) {
    this.prepared = prepared
    this.recipe = recipe
    this.#manifest = manifest
    this.#known = known
  }

  get size(): number {
    return this.#manifest.bytes.length
  }

  steps(known: readonly { readonly alias: number; readonly blob: Uint8Array }[]): readonly Step[] {
    for (const { alias, blob } of known) {
      const tree = this.#known.find(({ manifestId }) => equal(manifestId, blob))
      if (tree) return difference(this.#manifest, tree.manifest, alias)
    }
    return literals(0, this.size)
  }

  scan(): Uint8Array {
    return new Uint8Array(0)
  }

  read(target: Uint8Array, position: number): void {
    target.set(this.#manifest.bytes.subarray(position, position + target.length))
  }

  settle(): Promise<Uint8Array> {
    return Promise.resolve(must(this.prepared.blob, 'a manifest that has its name'))
  }

  wholeRecipe(): Promise<Recipe> {
    return Promise.resolve(this.recipe)
  }

  close(): void {}
}

/** The new manifest as copies of the old one's entries, where they are the same to the byte, and literals between. */
export function difference(manifest: Manifest, old: Manifest, alias: number): Step[] {
  const steps: Step[] = []
  let done = 0
  let copy: { output: number; offset: number; length: number } | undefined
  const close = (): void => {
    if (copy) steps.push({ kind: 'copy', source: alias, ...copy })
    copy = undefined
  }
  for (const [mine, theirs] of pairs(wholeOf(manifest), wholeOf(old))) {
    const { start, end } = manifest.bytesOf(mine)
    const { start: offset, end: offsetEnd } = old.bytesOf(theirs)
    if (!equal(manifest.bytes.subarray(start, end), old.bytes.subarray(offset, offsetEnd))) continue
    if (copy && copy.output + copy.length === start && copy.offset + copy.length === offset) {
      copy.length += end - start
    } else {
      close()
      steps.push(...literals(done, start))
      copy = { output: start, offset, length: end - start }
    }
    done = end
  }
  close()
  steps.push(...literals(done, manifest.bytes.length))
  return steps
}

function literals(start: number, end: number): Step[] {
  const steps: Step[] = []
  for (let output = start; output < end; output += literalBlockBytesMax)
    steps.push({ kind: 'literal', output, length: Math.min(literalBlockBytesMax, end - output) })
  return steps
}
