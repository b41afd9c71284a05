// @ts-check
// Sends whatever comes through a stream, here standard input packed by gzip, as one file.
//
//   tar c DIRECTORY | node examples/send_stream.mjs NAME TICKET

import { pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import { send } from 'packetfs'

const [name = '', ticket = ''] = process.argv.slice(2)

// read only as fast as it is sent; a stream of the Web, a Blob or an async generator would do as well. Whatever ends the
// pipeline badly ends the transfer, with PFS_READ
const chunks = pipeline(process.stdin, createGzip(), () => {})
const { blobId } = await send({ stream: { name: `${name}.gz`, chunks }, ticket })
console.log(blobId)
