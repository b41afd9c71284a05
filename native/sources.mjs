// Lists the addon's sources for binding.gyp: the faces here and the parts below, without the programs of test/.

import { readdirSync } from 'node:fs'

const parts = ['.', 'base', 'hash', 'cut', 'aead', 'udp', 'file']
for (const part of parts)
  for (const name of readdirSync(new URL(part, import.meta.url)).sort())
    if (name.endsWith('.cc')) console.log(part === '.' ? name : `${part}/${name}`)
