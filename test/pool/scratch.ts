// Directories and content for pool tests: made fresh, removed at the end, the same bytes at every run.

import { createCipheriv } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []

afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true })
})

/** @param isInMemory where syncs cost nothing, if there is such a place */
export function scratch(isInMemory = false): string {
  const base = isInMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const directory = mkdtempSync(join(base, 'pfs-pool-'))
  made.push(directory)
  return directory
}

/** AES in counter mode over zeros: 2 GB/s, and the same everywhere. */
export function randomBytes(count: number, seed: number): Uint8Array {
  const key = Buffer.alloc(16)
  key.writeUInt32BE(seed)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(new Uint8Array(count))
}

/** A file of `count` random bytes. */
export function randomFile(directory: string, name: string, count: number, seed: number): string {
  const path = join(directory, name)
  writeFileSync(path, randomBytes(count, seed))
  return path
}
