// What this machine gives us, part by part: which implementation is active, why, and what to do where it could be better.
// Every check stands alone: a broken one is a warning and not the end. Knows no command line. `pfs doctor` prints it.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as zlib from 'node:zlib'
import { suiteById } from '../crypto/suites.ts'
import { native } from './addon.ts'
import { createHost, type Host } from './choose.ts'
import { zstdByAddon, zstdByNode } from './codec.ts'
import { cloneFile } from './file.ts'
import { askedBufferBytes } from './socket_buffers.ts'
import type { Udp } from './udp.ts'
import { socketBufferBytes as dgramBufferBytes } from './udp_dgram.ts'
import { socketBufferBytes as nativeBufferBytes } from './udp_native.ts'

export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warn'
  /** One phrase. */
  readonly says: string
  /** What to do about a warning. */
  readonly fix?: string
  /** The same for machines; additive from release to release. */
  readonly facts: Facts
}

export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** Throws PfsError only where the user demands what is not there: PFS_NATIVE=require. @param poolDirectory need not exist */
export async function examine(poolDirectory: string): Promise<readonly Check[]> {
  const addon = addonCheck()
  const host = await createHost()
  return [
    nodeCheck(process.versions.node),
    addon,
    kernelCheck('hash', ['blake3Kernel'], 'hash-wasm'),
    kernelCheck('cut', ['cutKernel'], 'JavaScript'),
    cipherCheck(host),
    ...(await udpChecks(host)),
    fileCheck(poolDirectory),
    await codecCheck(),
  ]
}

/** package.json's engines: what lower ones lack is worker and import behaviour that we build on. */
const nodeLeast = [20, 19] as const

export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isRecent = major > nodeLeast[0] || (major === nodeLeast[0] && minor >= nodeLeast[1])
  const says = `${version} on ${process.platform}-${process.arch}`
  const facts = { version, platform: process.platform, arch: process.arch }
  if (isRecent) return { name: 'node', status: 'ok', says, facts }
  const fix = `install node ${nodeLeast.join('.')} or newer`
  return { name: 'node', status: 'warn', says, fix, facts }
}

function addonCheck(): Check {
  const { addon, path, why } = native()
  const features = callOf(['cpuFeatures'])
  const facts = {
    active: addon !== undefined,
    why,
    ...(path ? { path } : {}),
    ...(features ? { cpu: features.split(' ') } : {}),
  }
  if (path)
    return { name: 'native', status: 'ok', says: `${path}, processor: ${features ?? 'unknown'}`, facts }
  // whoever switched it off knows
  if (why === 'PFS_NATIVE=off') return { name: 'native', status: 'ok', says: `off, ${why}`, facts }
  const fix = 'run `npm run build:native` in the folder of pfs, with g++, make and python3 there'
  return { name: 'native', status: 'warn', says: `off, ${why}`, fix, facts }
}

/** A part whose portable twin does as well, only slower: the addon's own check says what to do about that. */
function kernelCheck(name: string, exported: readonly string[], portable: string): Check {
  const kernel = callOf(exported)
  const says = kernel === undefined ? `portable, ${portable}` : `native, ${kernel}`
  return { name, status: 'ok', says, facts: { native: kernel !== undefined, kernel: kernel ?? portable } }
}

function cipherCheck({ suites }: Host): Check {
  const names = suites.map(suite => suiteById(suite)?.name ?? `0x${suite.toString(16)}`)
  const kernels = suites.map(suite => callOf(['aeadKernel', 'aeadName'], suite))
  const says = names.map((name, at) => `${name} (${kernels[at] ?? 'portable'})`).join(', ')
  const isNative = kernels.some(kernel => kernel !== undefined)
  return {
    name: 'ciphers',
    status: 'ok',
    says,
    facts: { native: isNative, suites: names, kernels: kernels.map(kernel => kernel ?? 'portable') },
  }
}

async function udpChecks(host: Host): Promise<readonly Check[]> {
  let udp: Udp | undefined
  try {
    const handlers = { onReadable() {}, onDrain() {}, onHint() {} }
    udp = await host.openUdp({ bind: { host: '127.0.0.1', port: 0 }, handlers })
    const { sendPath, receiveBufferBytes, sendBufferBytes } = udp.stats
    const isNative = sendPath !== 'dgram'
    const says = `${isNative ? 'native' : 'portable'}, ${sendPaths[sendPath]}`
    return [
      { name: 'udp', status: 'ok', says, facts: { native: isNative, send_path: sendPath } },
      bufferCheck(askedBufferBytes(isNative ? nativeBufferBytes : dgramBufferBytes), {
        receive: receiveBufferBytes,
        send: sendBufferBytes,
      }),
    ]
  } catch (error) {
    const says = `no socket on 127.0.0.1: ${error instanceof Error ? error.message : String(error)}`
    return [{ name: 'udp', status: 'warn', says, fix: 'let pfs open UDP sockets', facts: {} }]
  } finally {
    await udp?.close()
  }
}

const sendPaths = {
  gso: 'a train per system call (UDP_SEGMENT)',
  sendmmsg: 'many datagrams per system call (sendmmsg)',
  sendmsg: 'a datagram per system call',
  dgram: 'node:dgram, a datagram per system call',
  tcp: 'one TCP connection',
} as const satisfies Record<Udp['stats']['sendPath'], string>

/** Linux answers with twice what it was asked for, its own bookkeeping included. */
const kernelFactor = process.platform === 'linux' ? 2 : 1

/** @param granted as the kernel says it */
export function bufferCheck(
  wantedBytes: number,
  granted: { readonly receive: number; readonly send: number },
): Check {
  const receive = granted.receive / kernelFactor
  const send = granted.send / kernelFactor
  const facts = { wanted_bytes: wantedBytes, receive_bytes: receive, send_bytes: send }
  const says = `of ${inKiB(wantedBytes)} wanted, ${inKiB(receive)} to receive and ${inKiB(send)} to send`
  if (Math.min(receive, send) >= wantedBytes) return { name: 'buffers', status: 'ok', says, facts }
  const limits = ['rmem_max', 'wmem_max'].map(name => `net.core.${name}=${wantedBytes}`).join(' ')
  const fix =
    process.platform === 'linux' ? `sudo sysctl -w ${limits}` : 'raise the limit of UDP socket buffers'
  return { name: 'buffers', status: 'warn', says, fix, facts }
}

const inKiB = (bytes: number): string => `${Math.floor(bytes / 1024)} KiB`

/** Tries it where the pool is or would be. */
function fileCheck(poolDirectory: string): Check {
  let folder = poolDirectory
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
  const isNative = callable(['fileRead']) !== undefined
  const io = isNative ? 'native' : 'portable, node:fs'
  let scratch: string | undefined
  try {
    scratch = mkdtempSync(join(folder, '.pfs-doctor-'))
    const source = join(scratch, 'a')
    writeFileSync(source, new Uint8Array(4096))
    const reflink = cloneFile(source, join(scratch, 'b'))
    const says = `${io}; ${reflink ? 'copies share blocks' : 'no reflinks, copies are copied'} in ${folder}`
    return { name: 'files', status: 'ok', says, facts: { native: isNative, reflink, folder } }
  } catch (error) {
    const says = `${io}; ${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`
    const fix = 'make it writable, or name another by PFS_HOME or PFS_POOL_DIR'
    return { name: 'files', status: 'warn', says, fix, facts: { native: isNative, folder } }
  } finally {
    if (scratch) rmSync(scratch, { recursive: true, force: true })
  }
}

async function codecCheck(): Promise<Check> {
  const codec = (await zstdByAddon()) ? 'zstd-napi' : zstdByNode(zlib) ? 'node:zlib' : undefined
  if (codec) return { name: 'zstd', status: 'ok', says: codec, facts: { codec } }
  return {
    name: 'zstd',
    status: 'warn',
    says: 'none, literals travel uncompressed',
    fix: 'run `npm run build:addons` in the folder of pfs, or use node 22.15 or newer',
    facts: { codec: 'none' },
  }
}

/** The first of these functions that the addon has. An addon of another version may lack any. */
function callable(names: readonly string[]): ((...words: readonly unknown[]) => unknown) | undefined {
  const { addon } = native()
  if (typeof addon !== 'object' || addon === null) return undefined
  const found = names.map(name => (addon as Record<string, unknown>)[name])
  return found.find(one => typeof one === 'function') as
    | ((...words: readonly unknown[]) => unknown)
    | undefined
}

/** What it says of itself, when it says anything. */
function callOf(names: readonly string[], ...words: readonly unknown[]): string | undefined {
  try {
    const said = callable(names)?.(...words)
    return typeof said === 'string' && said !== '' ? said : undefined
  } catch {
    return undefined
  }
}
