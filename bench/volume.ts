// A file system of a bench's own: an ext4 in a sparse file, mounted by a loop device. On one that others use, what they
// have deleted decides how long a new file takes (an ext4 without a journal looks for inodes that nobody freed of late),
// and with it who comes first. Needs root; where it cannot be made, the folder itself serves and the bench says so.

import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'

export interface Volume {
  readonly folder: string
  readonly isOwn: boolean
}

/** Inside `folder`; gone when the process ends. */
export function makeVolume(folder: string, sizeBytes: number): Volume {
  const image = join(folder, 'volume.img')
  const mounted = join(folder, 'volume')
  const fd = openSync(image, 'w')
  ftruncateSync(fd, sizeBytes)
  closeSync(fd)
  mkdirSync(mounted)
  const isOwn =
    succeeds('mkfs.ext4', ['-q', '-F', '-m', '0', image]) && succeeds('mount', ['-o', 'loop', image, mounted])
  // before the folder is removed: listeners of `exit` are called in the order they were added
  if (isOwn) process.prependListener('exit', () => succeeds('umount', ['-l', mounted]))
  return { folder: isOwn ? mounted : folder, isOwn }
}

const succeeds = (command: string, args: readonly string[]): boolean => spawnSync(command, args).status === 0
