import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type BodyServer = {
  /** The base URL below which every path answers with the body of that name. */
  readonly urlOf: (name: string) => string
  readonly close: () => Promise<void>
}

/** One body of a 200 answer, and the sizes of the writes it is sent in. */
export type Body = { readonly bytes: Uint8Array; readonly reads: readonly number[]; readonly type: string }

/** A loopback HTTP server that answers `/<name>/anything` with the body of that name, write by write. */
export async function startBodyServer(bodyOf: (name: string) => Body): Promise<BodyServer> {
  const server = createServer((request, response) => {
    request.resume()
    const name = decodeURIComponent((request.url ?? '').split('/')[1] ?? '')
    const { bytes, reads, type } = bodyOf(name)
    response.writeHead(200, { 'content-type': type })
    let offset = 0
    let index = 0
    const next = (): void => {
      const size = reads[index] ?? reads.at(-1) ?? bytes.length
      if (offset >= bytes.length) {
        response.end()
        return
      }
      response.write(bytes.subarray(offset, offset + size), () => setImmediate(next))
      offset += size
      index += 1
    }
    next()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    urlOf: (name) => `http://127.0.0.1:${port}/${encodeURIComponent(name)}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
