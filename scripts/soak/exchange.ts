/** One request and its answer through the proxy, with at most one fault. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { gatewayAnswer } from './fault.ts'
import type { FaultKind } from './fault.ts'
import { between, upTo } from './random.ts'
import type { Random } from './random.ts'

const LONGEST_DELAY_MS = 1500
const LONGEST_STALL_MS = 3000
const GATEWAY_STATUSES = [500, 502, 503, 504]

export type ExchangeParts = {
  /** The fault of this exchange; null for none. */
  readonly kind: FaultKind | null
  readonly random: Random
  /** Told when the fault strikes. */
  readonly strike: (kind: FaultKind) => void
  /** Told when the server's answer has come. */
  readonly answered: () => void
  /** Told of the connection to the server. */
  readonly upstream: (socket: Socket) => void
}

export type Exchange = {
  /** Takes a chunk of the request. */
  readonly take: (chunk: Buffer) => void
  /** Whether the answer has begun: what the client sends next is another request. */
  readonly isAnswered: () => boolean
  readonly end: () => void
}

/** Begins an exchange with the server at `target`. */
export function openExchange(client: Socket, target: URL, parts: ExchangeParts): Exchange {
  const { kind, random, strike } = parts
  const timers: NodeJS.Timeout[] = []
  let upstream: Socket | null = null
  let answered = false
  let ended = false

  const later = (ms: number, work: () => void): void => void timers.push(setTimeout(work, ms))
  const cut = (): void => {
    client.destroy()
    upstream?.destroy()
  }
  const strikeWith = (work: () => void): void => {
    if (kind !== null) strike(kind)
    work()
  }
  const answer = (chunk: Buffer): void => {
    answered = true
    client.write(chunk)
  }

  function forward(request: Buffer): void {
    if (client.destroyed) return
    const socket = connect(Number(target.port), target.hostname)
    upstream = socket
    parts.upstream(socket)
    socket.on('close', () => void (ended || client.end()))
    socket.on('error', cut)
    socket.write(request)
    socket.on('data', (chunk: Buffer) => receive(chunk))
  }

  function receive(chunk: Buffer): void {
    if (!answered) parts.answered()
    if (answered || (kind !== 'cut_response' && kind !== 'reset_after' && kind !== 'stall'))
      return answer(chunk)
    answered = true
    if (kind === 'reset_after') return strikeWith(() => client.resetAndDestroy())
    if (kind === 'stall') return strikeWith(() => later(between(random, 100, LONGEST_STALL_MS), cut))
    return strikeWith(() => void client.write(chunk.subarray(0, upTo(random, chunk.length)), cut))
  }

  /** The whole request is here: the fault's moment, or the way to the server. */
  function proceed(request: Buffer): void {
    switch (kind) {
      case 'delay':
        return strikeWith(() => later(between(random, 50, LONGEST_DELAY_MS), () => forward(request)))
      case 'cut_request':
        return strikeWith(() => {
          forward(request.subarray(0, upTo(random, request.length)))
          later(20, cut)
        })
      case 'reset_before':
        return strikeWith(() => client.resetAndDestroy())
      case 'unavailable':
      case 'captive_portal':
        return strikeWith(() => {
          answered = true
          client.end(gatewayAnswer(kind, GATEWAY_STATUSES[upTo(random, 3)] ?? 503))
        })
      case 'cut_response':
      case 'reset_after':
      case 'stall':
      case null:
        return forward(request)
    }
  }

  return {
    take: whenWhole(proceed),
    isAnswered: () => answered,
    end: () => {
      ended = true
      for (const timer of timers) clearTimeout(timer)
      upstream?.destroy()
    },
  }
}

/** Collects a request's chunks until its head and as many bytes of body as it announces are here. */
function whenWhole(proceed: (request: Buffer) => void): (chunk: Buffer) => void {
  let request = Buffer.alloc(0)
  return (chunk) => {
    request = Buffer.concat([request, chunk])
    const headEnd = request.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const head = request.toString('latin1', 0, headEnd)
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
    if (request.length >= headEnd + 4 + length) proceed(request)
  }
}
