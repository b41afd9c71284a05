// The test runner loads CommonJS packages in its own way; this asks plain node, which is what runs the command.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const built = join(import.meta.dirname, '..', '..', 'dist', 'src', 'host', 'codec.js')

function ask(script: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim()
}

test('where zstd-napi loads, plain node finds the codec and packs with it', () => {
  const loads = ask(`import('zstd-napi').then(() => console.log('yes'), () => console.log('no'))`) === 'yes'
  const script = `const { loadCodecs } = await import(${JSON.stringify(built)})
    const codecs = await loadCodecs()
    const packed = codecs.byId(1)?.encode(new Uint8Array(65536).fill(7))
    console.log(codecs.encodable.join(), packed?.length < 1000)`
  const hasOwn = ask(`import('node:zlib').then(zlib => console.log('zstdCompressSync' in zlib))`) === 'true'
  expect(ask(script)).toBe(loads || hasOwn ? '0,1 true' : '0 false')
})
