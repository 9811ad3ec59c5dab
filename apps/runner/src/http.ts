/** One HTTP exchange with the ingest: a total deadline, no redirects followed, a bounded answer. */
import { proxyFor } from '@llmbench/providers'
import type { Outbound } from '@llmbench/providers'
import { Agent, ProxyAgent, request } from 'undici'
import type { Dispatcher } from 'undici'
import { codeOf, describeError } from './faults.ts'

const LIMITS = { connections: 8, pipelining: 1, maxResponseSize: 8 * 1024 * 1024 }

export type HttpRequest = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** From the first step of connecting to the last byte of the answer. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal
}

export type HttpAnswer = {
  readonly status: number
  /** The first value of each header. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** Why there is no whole answer; `code` is the system's name of it, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
export type HttpFailure = { readonly failure: string; readonly code: string | null }

/** Sends a request. Never rejects: what went wrong is the answer. */
export type Send = (exchange: HttpRequest) => Promise<HttpAnswer | HttpFailure>

export type HttpClient = { readonly send: Send; readonly close: () => Promise<void> }

/** A client with connections of its own. */
export function createHttpClient({ userAgent, proxy }: Outbound): HttpClient {
  // Set here so that NODE_TLS_REJECT_UNAUTHORIZED in somebody's shell cannot send a key to whoever answers.
  const direct = new Agent({ ...LIMITS, connect: { rejectUnauthorized: true } })
  const proxied =
    proxy === null
      ? direct
      : new ProxyAgent({
          ...LIMITS,
          uri: proxy.origin,
          requestTls: { rejectUnauthorized: true },
          proxyTls: { rejectUnauthorized: true },
          ...(proxy.authorization === null ? {} : { token: proxy.authorization }),
        })
  const dispatcherOf = (url: string): Dispatcher =>
    proxyFor(new URL(url), proxy) === null ? direct : proxied
  return {
    send: async (exchange) => {
      const deadline = AbortSignal.timeout(exchange.deadlineMs)
      try {
        const headers = { ...exchange.headers, 'user-agent': userAgent }
        return await sendOver(dispatcherOf(exchange.url), { ...exchange, headers }, deadline)
      } catch (error) {
        return failureOf(error, exchange, deadline)
      }
    },
    close: async () => {
      await Promise.all([direct.destroy(), proxied.destroy()])
    },
  }
}

async function sendOver(
  dispatcher: Dispatcher,
  exchange: HttpRequest,
  deadline: AbortSignal,
): Promise<HttpAnswer> {
  const { method, url, headers, body, signal } = exchange
  const answer = await request(url, {
    dispatcher,
    method,
    headers,
    signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    ...(body === undefined ? {} : { body }),
  })
  const first = Object.entries(answer.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value[0] : value,
  ])
  return { status: answer.statusCode, headers: Object.fromEntries(first), body: await answer.body.text() }
}

function failureOf(error: unknown, exchange: HttpRequest, deadline: AbortSignal): HttpFailure {
  const { host } = new URL(exchange.url)
  if (exchange.signal?.aborted === true)
    return { failure: `The request to ${host} was aborted`, code: 'ABORTED' }
  if (deadline.aborted) {
    const seconds = exchange.deadlineMs / 1000
    return {
      failure: `${host} gave no whole answer within the request deadline of ${seconds} s`,
      code: 'DEADLINE',
    }
  }
  return { failure: `${host}: ${describeError(error)}`, code: codeOf(error) }
}

/** Whether the exchange failed before a whole answer came. */
export function isFailure(answer: HttpAnswer | HttpFailure): answer is HttpFailure {
  return 'failure' in answer
}
