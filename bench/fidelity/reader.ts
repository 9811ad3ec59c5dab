/** What a client of the fidelity benchmark is to its process: something that streams once and stamps what it sees. */

export type StreamReport = {
  /** The id the simulator gave the run, from the response's headers. */
  readonly requestId: string
  /** Monotonic moments of the text deltas, in nanoseconds. */
  readonly stampsNs: readonly string[]
  readonly tainted: boolean
}

export type Reader = {
  readonly stream: (model: string) => Promise<StreamReport>
  readonly close: () => Promise<void>
}

export type Target = { readonly address: string }

/** What a client process prints, in whatever language it is written. */
export type ClientReport = {
  readonly streams: readonly StreamReport[]
  readonly maxRssMiB: number
  readonly cpuMs: number
}

/** Every client asks the same, as llmbench's profile does. */
export const PROMPT = 'Tell a story.'
export const TEMPERATURE = 0.1
export const MAX_TOKENS = 64
export const KEY = 'benchmark-key'

/** The chat request, for clients that are handed one. */
export function chatRequest(model: string) {
  return {
    model,
    messages: [{ role: 'user' as const, content: PROMPT }],
    temperature: TEMPERATURE,
    max_tokens: MAX_TOKENS,
    stream: true as const,
  }
}

/** A reader without anything to close. */
export function plainReader(stream: Reader['stream']): Reader {
  return { stream, close: () => Promise.resolve() }
}

/** Now, as the clients that have no stamps of their own take it: when the program is handed the delta. */
export function stampNow(): string {
  return String(process.hrtime.bigint())
}
