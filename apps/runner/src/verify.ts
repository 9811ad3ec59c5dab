/** `--verify`: looks at everything a run needs, in words, and measures nothing. */
import { join } from 'node:path'
import { printable } from '@llmbench/providers'
import type { Environment } from '@llmbench/providers'
import type { Target } from './attempt.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { checkEndpoint } from './endpoint-check.ts'
import { describeError, ExitFault } from './faults.ts'
import { isFailure } from './http.ts'
import { withPlace } from './targets.ts'
import type { HttpAnswer, HttpFailure, Send } from './http.ts'
import { openOutbox } from './outbox/outbox.ts'
import { OUTBOX_LIMITS } from './outbox/types.ts'
import type { WorklistSource } from './worklist/worklist.ts'

const REQUEST_DEADLINE_MS = 10_000
/** A label that is wrong by more than this is seen on the charts; the ingest refuses ten minutes. */
const LONGEST_SKEW_SECONDS = 30

export type Check = { readonly name: string; readonly ok: boolean; readonly detail: string }

export type VerifyParts = {
  readonly config: Config
  readonly environment: Environment
  readonly targets: readonly Target[]
  readonly worklists: WorklistSource
  readonly send: Send
  readonly clock: Clock
}

/** Every check, in the order in which a run would need them. */
export async function verify(parts: VerifyParts): Promise<Check[]> {
  const { config, targets } = parts
  const checks: Check[] = [
    good('configuration', `runner ${config.runnerId}, region ${config.region ?? 'not named'}`),
    ...(await Promise.all(
      targets.map(async ({ provider }) => ({
        name: `endpoint of ${provider.slug}`,
        ...(await checkEndpoint(provider, withPlace(parts.environment, provider, config.allowedBaseUrls))),
      })),
    )),
  ]
  if (config.ingest !== null) {
    checks.push(checkStateDirectory(config.stateDirectory, parts.clock.wallMs()))
    checks.push(...(await checkIngest(parts, config.ingest.url)))
    for (const [at, key] of config.ingest.keys.read().entries()) {
      checks.push(await checkKey(parts, config.ingest.url, key, `${config.ingest.keys.variable} ${at + 1}`))
    }
  }
  for (const { provider } of targets) checks.push(await checkWorklist(parts, provider))
  return checks
}

function good(name: string, detail: string): Check {
  return { name, ok: true, detail }
}

function bad(name: string, detail: string): Check {
  return { name, ok: false, detail }
}

function checkStateDirectory(directory: string, nowMs: number): Check {
  const name = 'state directory'
  try {
    const outbox = openOutbox({ directory, ...OUTBOX_LIMITS }, nowMs)
    const { depth, deadLetters, gate } = outbox.status()
    outbox.close()
    const detail = `${directory}: ${depth} results wait, ${deadLetters} dead letters in ${join(directory, 'outbox.sqlite')}`
    return gate === null ? good(name, detail) : bad(name, `${detail}; measuring is stopped: ${gate}`)
  } catch (error) {
    if (error instanceof ExitFault && error.exitCode === 75)
      return good(name, `${directory}: in use by a running runner`)
    return bad(name, `RUNNER_STATE_DIR ${directory}: ${describeError(error)}`)
  }
}

/** Reachability, readiness, and what the ingest's clock says of ours. */
async function checkIngest({ send, clock }: VerifyParts, ingestUrl: string): Promise<Check[]> {
  const url = new URL('readyz', ingestUrl).href
  const before = clock.monotonicMs()
  const answer = await send({ method: 'GET', url, headers: {}, deadlineMs: REQUEST_DEADLINE_MS })
  if (isFailure(answer)) return [bad('ingest', answer.failure)]
  const ready =
    answer.status === 200
      ? good('ingest', `${url} is ready`)
      : bad('ingest', `${url} answers HTTP ${answer.status}`)
  return [ready, checkClock(answer, clock, clock.monotonicMs() - before)]
}

function checkClock({ headers }: HttpAnswer, clock: Clock, roundTripMs: number): Check {
  const theirs = Date.parse(headers['date'] ?? '')
  if (Number.isNaN(theirs)) return bad('clock', 'The ingest sends no Date header to compare with')
  // The header has whole seconds and was written some time during the round trip.
  const skew =
    Math.max(0, Math.abs(clock.wallMs() - roundTripMs / 2 - (theirs + 500)) - 500 - roundTripMs / 2) / 1000
  const detail = `${skew.toFixed(1)} s from the ingest's`
  return skew <= LONGEST_SKEW_SECONDS ? good('clock', detail) : bad('clock', `${detail}: run a time service`)
}

/** An empty batch stores nothing: a good key is told that it is empty, a bad one that it is bad. */
async function checkKey({ send }: VerifyParts, ingestUrl: string, key: string, name: string): Promise<Check> {
  const answer = await send({
    method: 'POST',
    url: `${ingestUrl}/batch`,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch_id: 'verify-empty', items: [] }),
    deadlineMs: REQUEST_DEADLINE_MS,
  })
  return judgeKey(answer, name)
}

function judgeKey(answer: HttpAnswer | HttpFailure, name: string): Check {
  if (isFailure(answer)) return bad(name, answer.failure)
  const { status } = answer
  if (status === 401 || status === 403) return bad(name, `The ingest refuses the key: HTTP ${status}`)
  return status < 300 || status === 400 || status === 422
    ? good(name, 'accepted by the ingest')
    : bad(name, `HTTP ${status}: cannot tell whether the key is accepted`)
}

async function checkWorklist({ worklists }: VerifyParts, provider: Target['provider']): Promise<Check> {
  const name = `worklist of ${provider.slug}`
  const answer = await worklists(provider)
  if (answer.status !== 'ready') return bad(name, answer.reason)
  const { items, leftOut, doubtful } = answer.worklist
  const faults = [...leftOut, ...doubtful].map(
    ({ model, reason, suggestion }) =>
      `${model}: ${reason}${suggestion === null ? '' : ` (try ${suggestion})`}`,
  )
  const detail = [`${items.length} models`, ...faults].join('; ')
  return faults.length === 0 ? good(name, detail) : bad(name, detail)
}

/** One aligned line for each check. */
export function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  return checks
    .map(({ name, ok, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(width)}  ${printable(detail)}\n`)
    .join('')
}
