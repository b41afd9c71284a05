// The bytes of an extent as they lie: in one file, or in the files of a tree. Found by the blob's own offset, in files that
// are what they were when they were noted; whether the bytes are right is the reader's to say.

import { fstatSync } from 'node:fs'
import { join } from 'node:path'
import { isSameTime } from '../base/times.ts'
import { nanosOf } from '../cut/manifest/entry_time.ts'
import { Image } from '../cut/manifest/image.ts'
import { Manifest, parseManifest } from '../cut/manifest/manifest.ts'
import { readFully } from '../host/file.ts'
import { type Extent, type FileExtent, isTreeExtent, isUnchanged, markOf, type TreeExtent } from './extent.ts'
import type { OpenFiles } from './open_files.ts'

export interface ExtentPlace {
  readonly fd: number
  readonly offset: number
  /** Bytes of the blob that follow one another there. */
  readonly length: number
}

export interface ExtentFiles {
  readonly extent: Extent
  /** undefined: the file is gone, or not what it was. The descriptor is good until the next call. */
  at(offset: number): ExtentPlace | undefined
  /** What is open of it is looked at anew. */
  forget(): void
}

/** @param readManifest the bytes of a blob that the pool holds */
export function extentFiles(
  extent: Extent,
  extentsDirectory: string,
  files: OpenFiles,
  readManifest: (id: Uint8Array) => Uint8Array | undefined,
): ExtentFiles {
  return isTreeExtent(extent)
    ? new TreeFiles(extent, files, readManifest)
    : new OneFile(extent, extentPath(extentsDirectory, extent), files)
}

/** Fills `target`; false when some of it is not there. Throws as node:fs does. */
export function readExtentBytes(from: ExtentFiles, offset: number, target: Uint8Array): boolean {
  for (let done = 0; done < target.length; ) {
    const place = from.at(offset + done)
    if (!place) return false
    const some = target.subarray(done, done + place.length)
    if (readFully(place.fd, some, place.offset) !== some.length) return false
    done += some.length
  }
  return true
}

export const extentPath = (extentsDirectory: string, extent: FileExtent): string =>
  extent.isOwned ? join(extentsDirectory, extent.path) : extent.path

class OneFile implements ExtentFiles {
  readonly extent: FileExtent
  readonly #path: string
  readonly #files: OpenFiles
  #isChecked = false

  constructor(extent: FileExtent, path: string, files: OpenFiles) {
    this.extent = extent
    this.#path = path
    this.#files = files
  }

  at(offset: number): ExtentPlace | undefined {
    const { mark } = this.extent
    for (let attempt = 0; attempt < 2; attempt++) {
      const fd = this.#files.open(this.#path)
      if (fd === undefined) return undefined
      this.#isChecked ||= isUnchanged(mark, markOf(fstatSync(fd, { bigint: true })))
      if (this.#isChecked) return { fd, offset, length: mark.sizeBytes - offset }
      this.forget() // kept open since before another file took the name: look at the new one
    }
    return undefined
  }

  forget(): void {
    this.#files.forget(this.#path)
  }
}

class TreeFiles implements ExtentFiles {
  readonly extent: TreeExtent
  readonly #files: OpenFiles
  readonly #readManifest: (id: Uint8Array) => Uint8Array | undefined
  #image: Image | undefined
  #isLost = false
  /** The file looked at last: neighbours are asked for one after another. */
  #checked = -1

  constructor(
    extent: TreeExtent,
    files: OpenFiles,
    readManifest: (id: Uint8Array) => Uint8Array | undefined,
  ) {
    this.extent = extent
    this.#files = files
    this.#readManifest = readManifest
  }

  at(offset: number): ExtentPlace | undefined {
    const image = this.#load()
    if (!image || offset >= image.sizeBytes) return undefined
    const index = image.at(offset)
    const path = this.#pathOf(image.manifest, index)
    const fd = path && this.#files.openBytes(path)
    if (path === undefined || fd === undefined) return undefined
    if (this.#checked !== index && !isAsListed(image.manifest, index, fd)) {
      this.#files.forgetBytes(path)
      return undefined
    }
    this.#checked = index
    return { fd, offset: offset - image.start(index), length: image.end(index) - offset }
  }

  forget(): void {
    this.#checked = -1
  }

  #load(): Image | undefined {
    if (this.#image || this.#isLost) return this.#image
    const bytes = this.#readManifest(this.extent.manifest)
    const manifest = bytes && parseManifest(bytes)
    if (manifest instanceof Manifest) this.#image = new Image(manifest)
    else this.#isLost = true
    return this.#image
  }

  #pathOf(manifest: Manifest, index: number): Buffer | undefined {
    const [name, ...below] = manifest.components(index)
    const top = this.extent.tops.find(one => name !== undefined && Buffer.from(one.name).equals(name))
    return top && Buffer.concat([top.path, ...below.flatMap(component => [slash, component])])
  }
}

const slash = Buffer.from('/')

/** Size and time of the open file are those of the manifest. */
function isAsListed(manifest: Manifest, index: number, fd: number): boolean {
  const stats = fstatSync(fd, { bigint: true })
  const isTime = isSameTime(stats.mtimeNs, nanosOf(manifest.entry(index).time))
  return stats.isFile() && Number(stats.size) === manifest.sizeBytes(index) && isTime
}
