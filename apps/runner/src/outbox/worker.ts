/** The thread that holds the outbox and the state: opens them, then runs one call after the other and answers each. */
import { parentPort, workerData } from 'node:worker_threads'
import { describeError, ExitFault } from '../faults.ts'
import { createResilientState } from '../state/resilient.ts'
import type { StateReport } from '../state/resilient.ts'
import { openState } from '../state/state.ts'
import { openOutbox } from './outbox.ts'
import { SQLITE, sqliteCode } from './sqlite-error.ts'
import type { OpeningReport, OutboxOptions } from './types.ts'
import type { Call, Operations, Reply } from './client.ts'

/** What the thread says first. */
export type Opened =
  | { readonly opened: OpeningReport; readonly state: StateReport }
  | { readonly fault: string; readonly exitCode: 1 | 2 | 75 }

serve(workerData as { options: OutboxOptions; nowMs: number })

function serve({ options, nowMs }: { options: OutboxOptions; nowMs: number }): void {
  const port = parentPort
  if (port === null) throw new Error('The outbox worker runs in a thread')
  try {
    const outbox = openOutbox(options, nowMs)
    const { state, report } = createResilientState(() => openState(options.directory, nowMs))
    const operations: Operations = {
      ...outbox,
      ...state,
      close: () => {
        state.close()
        outbox.close()
      },
    }
    port.on('message', (call: Call) => {
      port.postMessage(runCall(operations, call))
      if (call.name === 'close') port.close()
    })
    port.postMessage({ opened: outbox.report, state: report } satisfies Opened)
  } catch (error) {
    port.postMessage(openingFault(error, options.directory))
    port.close()
  }
}

function runCall(operations: Operations, { id, name, args }: Call): Reply {
  try {
    const operation = operations[name] as (...args: readonly unknown[]) => unknown
    return { id, value: operation(...args) }
  } catch (error) {
    // A damaged file ends the process: the next start moves it aside and saves what is whole.
    if (isDamaged(error)) throw error
    return { id, fault: describeError(error) }
  }
}

function isDamaged(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === SQLITE.corrupt || code === SQLITE.notadb
}

function openingFault(error: unknown, directory: string): Opened {
  if (error instanceof ExitFault) return { fault: error.message, exitCode: error.exitCode }
  return {
    fault: `RUNNER_STATE_DIR ${directory} cannot be used as the state directory: ${describeError(error)}`,
    exitCode: 2,
  }
}
