/**
 * Plays a script on a connection.
 *
 * `node:http` reads the request, writes the headers and the end of the body; the chunks between go to the socket
 * directly, framed beforehand. `response.write` would cork the socket and flush it in a later turn: the stamps on
 * both sides of the call would then say nothing about when the kernel got the bytes. A write to an idle socket
 * reaches the kernel inside the call, and with TCP_NODELAY leaves as a segment of its own.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { monotonicNs } from './clock.ts'
import type { Run } from './runs.ts'
import type { Scheduler, Task } from './scheduler.ts'
import { wireOfRun, writeAt } from './script.ts'
import type { Script } from './script.ts'
import { dropConnection } from './sockets.ts'

export type Stage = {
  readonly run: Run
  readonly response: ServerResponse
  readonly socket: Socket
  readonly headers: Readonly<Record<string, string>>
  readonly scheduler: Scheduler
}

/** Plays the script from the moment the request was read. Returns how to stop: once the client has gone. */
export function play(script: Script, { run, response, socket, headers, scheduler }: Stage): () => void {
  const wire = wireOfRun(script, run.number)
  let index = 0
  let task: Task
  let stopped = false

  function begin(): void {
    run.status = 200
    response.writeHead(200, { ...headers, 'transfer-encoding': 'chunked' })
    run.headersNs = monotonicNs()
    response.flushHeaders()
    next(run.receivedNs + (writeAt(script, 0)?.offsetNs ?? 0n))
  }

  function next(dueNs: bigint): void {
    task = scheduler.at(dueNs, () => step(dueNs))
  }

  function step(dueNs: bigint): void {
    // The client has gone, and the event that says so is on its way.
    if (socket.destroyed) return
    const write = writeAt(script, index)
    if (write === undefined) return leave()
    const bytes = wire.subarray(write.start, write.end)
    const atNs = monotonicNs()
    const roomy = socket.write(bytes)
    run.stamps.add(dueNs, atNs, monotonicNs())
    index += 1
    const following = dueAfter(dueNs)
    if (roomy || !looping()) next(following)
    // A loop has no end or a far one: it waits for its reader, or it would fill the memory.
    else socket.once('drain', () => !stopped && next(following))
  }

  function looping(): boolean {
    return script.loop !== null && index >= script.loop.from
  }

  function dueAfter(dueNs: bigint): bigint {
    const { loop } = script
    const write = writeAt(script, index)
    if (write === undefined) return dueNs
    if (loop !== null && write === loop.write) return dueNs + loop.gapNs
    const planned = run.receivedNs + write.offsetNs
    return planned > dueNs ? planned : dueNs
  }

  function leave(): void {
    if (script.ending === 'hang') return
    run.endedNs = monotonicNs()
    if (script.ending === 'end') response.end()
    else if (script.ending === 'reset') dropConnection(socket)
    else socket.destroy()
  }

  task = scheduler.at(run.receivedNs + script.headersOffsetNs, begin)
  return () => {
    stopped = true
    task.cancelled = true
  }
}
