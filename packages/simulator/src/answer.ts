/** Answers one request as its model's scenario says, and keeps what happened. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { monotonicNs, nsOfMs } from './clock.ts'
import type { Dialect } from './dialects/dialect.ts'
import { play } from './player.ts'
import { redactHeaders } from './redact.ts'
import { isOver } from './runs.ts'
import type { Run, Runs } from './runs.ts'
import type { Scenarios } from './scenarios.ts'
import type { Scheduler } from './scheduler.ts'
import { runIdInStream } from './script.ts'
import { dropConnection } from './sockets.ts'
import { createStamps } from './stamps.ts'
import { replyOf } from './whole-answers.ts'
import type { WholeAnswer } from './whole-answers.ts'

export type Answering = {
  readonly scenarios: Scenarios
  readonly runs: Runs
  readonly scheduler: Scheduler
  /** Numbers the runs. */
  readonly nextNumber: () => number
}

export type Question = {
  readonly dialect: Dialect
  readonly model: string
  readonly body: unknown
  readonly receivedNs: bigint
}

/** Starts the answer; it goes on by itself. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  question: Question,
  { scenarios, runs, scheduler, nextNumber }: Answering,
): void {
  const { dialect, model, receivedNs } = question
  const { socket } = response
  // No socket yet: the request was pipelined behind a stream that still runs.
  if (socket === null) return void request.socket.destroy()
  const settings = scenarios.of(model)
  const reply = replyOf(settings.fault, dialect)
  const script = reply === 'stream' ? scenarios.scriptOf(model, dialect) : null
  const run = createRun(nextNumber(), request, question, script)
  runs.add(run)
  const headers = { [dialect.requestIdHeader]: run.id, ...settings.headers }

  let stop = (): void => undefined
  response.once('close', () => {
    if (!isOver(run)) run.clientClosedNs = monotonicNs()
    stop()
    runs.over(run)
  })

  if (script !== null) {
    const streamHeaders = { 'content-type': dialect.contentType, 'cache-control': 'no-cache', ...headers }
    stop = play(script, { run, response, socket, headers: streamHeaders, scheduler })
  } else if (reply === 'reset') {
    run.endedNs = monotonicNs()
    dropConnection(socket)
  } else if (typeof reply === 'object') {
    const dueNs = receivedNs + nsOfMs(settings.headers_delay_ms ?? settings.first_delay_ms)
    const task = scheduler.at(dueNs, () => sendWhole(reply, run, response, headers))
    stop = () => {
      task.cancelled = true
    }
  }
}

function sendWhole(
  { status, headers, body }: WholeAnswer,
  run: Run,
  response: ServerResponse,
  common: Readonly<Record<string, string>>,
): void {
  run.status = status
  response.writeHead(status, { ...common, ...headers, 'content-length': Buffer.byteLength(body) })
  run.headersNs = monotonicNs()
  run.endedNs = run.headersNs
  response.end(body)
}

function createRun(
  number: number,
  request: IncomingMessage,
  { dialect, model, body, receivedNs }: Question,
  script: Run['script'],
): Run {
  return {
    number,
    id: `sim-${number}`,
    model,
    dialect: dialect.name,
    request: { path: request.url ?? '', headers: redactHeaders(request.headers), body },
    responseId: script === null ? null : dialect.responseId(runIdInStream(number)),
    script,
    stamps: createStamps(script?.writes.length ?? 0),
    receivedNs,
    status: null,
    headersNs: null,
    endedNs: null,
    clientClosedNs: null,
  }
}
