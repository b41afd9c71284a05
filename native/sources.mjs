// Lists the addon's sources for binding.gyp: the faces here and the parts below, without the programs of test/.

import { existsSync, readdirSync } from 'node:fs'

const parts = ['.', 'base', 'hash', 'cut', 'aead', 'udp', 'file']
const folder = part => new URL(part, import.meta.url)
for (const part of parts.filter(part => existsSync(folder(part))))
  for (const name of readdirSync(folder(part)).sort())
    if (name.endsWith('.cc')) console.log(part === '.' ? name : `${part}/${name}`)
