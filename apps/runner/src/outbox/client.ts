/**
 * The outbox, and the state beside it, as the rest of the runner sees them: the same operations, each a promise, run in
 * a thread of their own.
 */
import { Worker } from 'node:worker_threads'
import { ExitFault } from '../faults.ts'
import type { StateReport } from '../state/resilient.ts'
import type { State } from '../state/types.ts'
import type { OpeningReport, Outbox, OutboxOptions } from './types.ts'
import type { Opened } from './worker.ts'

export type Operations = Omit<Outbox, 'report'> & State
export type OperationName = keyof Operations

export type Call = { readonly id: number; readonly name: OperationName; readonly args: readonly unknown[] }
export type Reply = { readonly id: number; readonly value?: unknown; readonly fault?: string }

export type OutboxClient = {
  readonly [Name in OperationName]: (
    ...args: Parameters<Operations[Name]>
  ) => Promise<ReturnType<Operations[Name]>>
} & {
  readonly report: OpeningReport
  readonly stateReport: StateReport
}

/** Opens the outbox in a thread. Rejects with ExitFault when it is held by another runner or cannot be used. */
export async function startOutbox(options: OutboxOptions, nowMs: number): Promise<OutboxClient> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { options, nowMs } })
  const { opened, state } = await openingOf(worker)
  const calls = createCalls(worker)
  const operation =
    <Name extends OperationName>(name: Name): OutboxClient[Name] =>
    (...args: readonly unknown[]) =>
      calls(name, args) as never
  return {
    report: opened,
    stateReport: state,
    add: operation('add'),
    listBatches: operation('listBatches'),
    formBatch: operation('formBatch'),
    readBatch: operation('readBatch'),
    settle: operation('settle'),
    split: operation('split'),
    status: operation('status'),
    reserveBudget: operation('reserveBudget'),
    settleBudget: operation('settleBudget'),
    readSpending: operation('readSpending'),
    readModels: operation('readModels'),
    keepModel: operation('keepModel'),
    forgetModel: operation('forgetModel'),
    keepAnchor: operation('keepAnchor'),
    close: operation('close'),
  }
}

function openingOf(worker: Worker): Promise<Extract<Opened, { readonly opened: unknown }>> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (first: Opened) => {
      worker.off('error', reject)
      if ('opened' in first) resolve(first)
      else reject(new ExitFault(first.exitCode, first.fault))
    })
  })
}

function createCalls(thread: Worker): (name: OperationName, args: readonly unknown[]) => Promise<unknown> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  let ended: Error | undefined
  thread.on('message', (reply: Reply) => {
    const call = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.fault === undefined) call?.resolve(reply.value)
    else call?.reject(new Error(`The outbox: ${reply.fault}`))
  })
  const end = (error: Error): void => {
    ended = error
    for (const call of waiting.values()) call.reject(error)
    waiting.clear()
  }
  // Without a listener for 'error' an unexpected one would end the process: that is wanted, a supervisor restarts it.
  thread.on('exit', () => end(new Error('The outbox is closed')))
  return (name, args) => {
    if (ended !== undefined) return Promise.reject(ended)
    const call = Promise.withResolvers<unknown>()
    lastId += 1
    waiting.set(lastId, call)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread.postMessage({ id: lastId, name, args } satisfies Call)
    return call.promise
  }
}
