/** What the wire did in one run. Everything that is later said about the run is derived from this. */

import type { PackedReads } from './packed-reads.ts'

export type TapeRead = { readonly atNs: bigint; readonly bytes: Uint8Array }

/** How far the run had come, as far as the wire alone can tell. */
export type WireStage = 'connect' | 'send' | 'headers' | 'body'

/** The named deadlines of a run. */
export type DeadlineName = 'connect' | 'first_token' | 'idle' | 'total'

export type TapeFailure = {
  readonly stage: WireStage
  readonly cause: 'deadline' | 'network' | 'tape_limit' | 'aborted'
  readonly deadline: DeadlineName | null
  /** An error code such as ECONNRESET, or the error's name. */
  readonly name: string
  readonly message: string
}

export type TapeConnection = {
  readonly dnsNs: bigint | null
  readonly tcpNs: bigint | null
  readonly tlsNs: bigint | null
  readonly remoteAddress: string | null
  readonly tlsVersion: string | null
  /** Whether a proxy carries it: name, TCP and address are the proxy's then. */
  readonly isProxied: boolean
  /** From the connection to the proxy to the tunnel through it. */
  readonly proxyNs: bigint | null
}

export type Tape = {
  /** Wall time and the monotonic reading taken with it: the only pairing of the two clocks in a run. */
  readonly wallMs: number
  readonly wallAtNs: bigint
  readonly connection: TapeConnection
  /** t = 0: the request was handed to the ready connection. Null when it never was. */
  readonly startNs: bigint | null
  /** The first byte of the response. */
  readonly firstByteNs: bigint | null
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | null
  readonly reads: readonly TapeRead[]
  /** The end of the body, the moment of the failure, or that at which the connection was closed early. */
  readonly endNs: bigint
  /** The stream was over, the end of its body did not come, and the connection was closed by this side. */
  readonly closedEarly: boolean
  /** The encoding the reads were unpacked from, null where the answer came as it was asked for. */
  readonly contentEncoding: string | null
  readonly failure: TapeFailure | null
}

/** A tape whose reads still lie as they were stored; `packed` copies them out, anew each time. */
export type StoredTape = Omit<Tape, 'reads'> & {
  readonly packed: () => PackedReads
  /** The first bytes of the body, at most four. */
  readonly head: () => Uint8Array
}

/** The most bytes a tape holds; a longer stream is cut with a named error. */
export const TAPE_LIMIT_BYTES = 16 * 1024 * 1024
