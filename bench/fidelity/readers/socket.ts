import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { chatRequest, KEY, plainReader } from '../reader.ts'
import type { Reader, Target } from '../reader.ts'

/**
 * No client at all: a socket that notes the moment of each read and is looked at when the stream has ended. What it
 * shows is the machine's own delay, which no program on it can undercut.
 */
export function createReader({ address }: Target): Reader {
  return plainReader(async (model) => {
    const reads: Read[] = []
    const socket = open(new URL(address), (read) => reads.push(read))
    socket.write(request(new URL(address).host, model))
    await once(socket, 'close')
    const requestId = /x-request-id: (\S+)/i.exec(reads[0]?.text ?? '')?.[1] ?? ''
    return { requestId, stampsNs: reads.flatMap(stampsOf), tainted: false }
  })
}

type Read = { readonly atNs: bigint; readonly text: string }

function open({ protocol, hostname, port }: URL, onRead: (read: Read) => void): Socket {
  const onread = {
    buffer: Buffer.allocUnsafe(64 * 1024),
    callback: (length: number, buffer: Uint8Array) => {
      const atNs = process.hrtime.bigint()
      onRead({ atNs, text: Buffer.from(buffer.buffer, 0, length).toString('latin1') })
      return true
    },
  }
  const target = { host: hostname, port: Number(port), onread }
  return protocol === 'https:' ? connectTls(target) : connectPlain(target)
}

function request(host: string, model: string): string {
  const body = JSON.stringify(chatRequest(model))
  const head = [
    'POST /openai/v1/chat/completions HTTP/1.1',
    `host: ${host}`,
    `authorization: Bearer ${KEY}`,
    'content-type: application/json',
    'connection: close',
    `content-length: ${body.length}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** A moment for each text delta in a read; the simulator writes an event in one piece. */
function stampsOf({ atNs, text }: Read): string[] {
  return Array.from(text.matchAll(/"delta":\{[^}]*"content":"[^"]/g), () => String(atNs))
}
