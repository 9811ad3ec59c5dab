/** What happens to a document: committed to the outbox first, then shown, then its tape is kept. */
import { isErrorDocument } from '@llmbench/providers'
import { writeTape } from '@llmbench/providers/tape-file'
import type { RunDocument } from '@llmbench/providers'
import type { Logger } from 'pino'
import { isSuccess } from './attempt-end.ts'
import type { Attempted } from './attempt.ts'
import { pause } from './clock.ts'
import type { Clock } from './clock.ts'
import { describeError } from './faults.ts'
import type { OutboxClient } from './outbox/client.ts'
import type { Tally } from './tally.ts'

const COMMIT_RETRY_MS = 5000

export type RecorderParts = {
  /** Null with --local: then a document is only shown. */
  readonly outbox: Pick<OutboxClient, 'add'> | null
  /** Takes each document as it goes over the wire. */
  readonly show: (document: RunDocument, wire: string) => void
  readonly tapeDirectory: string | null
  /** Something was added to the outbox. */
  readonly wake: () => void
  readonly clock: Clock
  readonly tally: Tally
  readonly logger: Logger
}

/**
 * Records an attempt; resolves when it is safe. It waits for a full disk, and gives up only when the signal aborts: what
 * could not be committed is not shown and does not count as measured.
 */
export type Recorder = (attempted: Attempted, signal: AbortSignal) => Promise<void>

/** A recorder into the outbox, or onto the screen alone. */
export function createRecorder(parts: RecorderParts): Recorder {
  return async ({ document, tape }, signal) => {
    const wire = toWire(document)
    if (await commit(parts, document.result_id, wire, signal)) {
      count(parts.tally, document)
      parts.wake()
      parts.show(document, wire)
    }
    if (tape !== null && parts.tapeDirectory !== null) {
      await writeTape(parts.tapeDirectory, tape).catch((error: unknown) =>
        parts.logger.warn({ reason: describeError(error) }, 'The tape cannot be saved'),
      )
    }
  }
}

/** A batch item is the flat document with its kind beside its fields (`docs/contract.md`, HTTP API). */
export function toWire(document: RunDocument): string {
  return JSON.stringify({ kind: isErrorDocument(document) ? 'error' : 'result', ...document })
}

/** Whether the document is safe; false when the signal ended the tries, and then it is in the log alone. */
async function commit(
  parts: RecorderParts,
  resultId: string,
  wire: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { outbox, clock, tally, logger } = parts
  if (outbox === null) return true
  for (let attempt = 1; ; attempt++) {
    try {
      await outbox.add({ resultId, body: wire }, clock.wallMs())
      return true
    } catch (error) {
      const reason = describeError(error)
      tally.fault(`outbox: ${reason}`)
      // The first time with the document itself: whatever comes, it is in the log.
      const document = attempt === 1 ? { document: wire } : {}
      logger.error({ result_id: resultId, reason, alarm: true, ...document }, 'A result cannot be committed')
      if (signal.aborted) return false
      await pause(COMMIT_RETRY_MS, signal)
    }
  }
}

function count(tally: Tally, document: RunDocument): void {
  const name = document.provider.replaceAll('-', '_')
  tally.add('attempts')
  tally.add(`${name}_attempts`)
  if (isSuccess(document)) tally.success()
  if (!isErrorDocument(document)) return tally.add(`outcome_${document.outcome ?? 'completed'}`)
  tally.add(`errors_${document.error_kind}`)
  tally.add(`${name}_errors`)
  tally.fault(`${document.provider} ${document.model_name}: ${document.error_kind}: ${document.message}`)
}
