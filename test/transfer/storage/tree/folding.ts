// A directory on a disk that takes `README` and `readme` for one name and has no name with a colon in it, in place of a
// file system that does so: every path is folded before it reaches the real one.

import type { Confined } from '../../../../src/host/confined.ts'
import type { Many } from '../../../../src/host/many.ts'
import { portable, type Twin } from './world.ts'

const folded = (path: Uint8Array): Uint8Array =>
  Uint8Array.from(path, byte => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte))

function invalid(): never {
  throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' })
}

/** A new name. */
const named = (path: Uint8Array): Uint8Array => (path.includes(0x3a) ? invalid() : folded(path))

function openFolding(directory: string): Confined {
  const below = portable.open(directory)
  return {
    kind: 'portable',
    path: directory,
    stat: path => below.stat(folded(path)),
    names: path => below.names(path && folded(path)),
    readLink: path => below.readLink(folded(path)),
    makeDirectory: (path, mode) => below.makeDirectory(named(path), mode),
    create: (path, mode) => below.create(named(path), mode),
    open: (path, access) => below.open(folded(path), access),
    symlink: (text, path) => below.symlink(text, named(path)),
    link: (existing, path) => below.link(folded(existing), named(path)),
    rename: (from, to, mayReplace) => below.rename(folded(from), named(to), mayReplace),
    renameInto: (from, other, to, mayReplace) =>
      below.renameInto(folded(from), (other as Folding).below, named(to), mayReplace),
    remove: path => below.remove(folded(path)),
    removeTree: path => below.removeTree(folded(path)),
    setMode: (path, mode) => below.setMode(folded(path), mode),
    setOwner: (path, user, group) => below.setOwner(folded(path), user, group),
    setTime: (path, time) => below.setTime(folded(path), time),
    sync: () => below.sync(),
    close: () => below.close(),
    below,
  } as Folding
}

interface Folding extends Confined {
  readonly below: Confined
}

/** @param root what lies above is as it is called */
function foldingMany(root: string): Many {
  const below = (path: Uint8Array): Uint8Array =>
    Buffer.concat([path.subarray(0, Buffer.byteLength(root)), folded(path.subarray(Buffer.byteLength(root)))])
  const plain = portable.many(root)
  return {
    ...plain,
    list: directory => plain.list(below(directory)),
    read: (batch, target) => plain.read({ ...batch, paths: batch.paths.map(below) }, target),
  }
}

export const folding: Twin = { name: 'folding', open: openFolding, many: foldingMany }
