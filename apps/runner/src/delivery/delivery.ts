/** Delivers the outbox: a loop that goes on for ever, and a flush that gives up. */
import { createBell } from '../clock.ts'
import { describeError } from '../faults.ts'
import { deliverBatch } from './courier.ts'
import type { CourierParts, Delivered } from './courier.ts'
import { createPacing, SLOW_MS } from './pacing.ts'
import type { Pacing } from './pacing.ts'

const LONGEST_IDLE_MS = 30_000

export type Patience = {
  /** Failures in a row. */
  readonly failures: number
  /** The longest wait between two tries. */
  readonly waitMs: number
}

export type Delivery = {
  /** Sends what is there and what comes, until the signal aborts; requests in flight are aborted with it. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Sends what is there, one request after the other, until nothing is left or the patience is at its end. */
  readonly flush: (signal: AbortSignal, patience: Patience) => Promise<void>
  /** Something was added. */
  readonly wake: () => void
  /** Keys or the world have changed: whatever waits is tried now. */
  readonly retryNow: () => void
  /** Grows with every turn of the loop, at least every half minute: what stands still is stuck. */
  readonly turns: () => number
}

/** A delivery of the outbox; nothing is sent before `run` or `flush`. */
export function createDelivery(parts: CourierParts & { readonly random: () => number }): Delivery {
  const { clock, random } = parts
  const bell = createBell()
  const pacing = createPacing(clock, random)
  let turns = 0

  /** A fault of our own, such as a full disk, must not end the loop. */
  function survive(error: unknown): void {
    pacing.failed('backoff')
    parts.tally.fault(`delivery: ${describeError(error)}`)
    parts.logger.error({ err: error }, 'Delivery failed and goes on')
  }

  async function run(signal: AbortSignal): Promise<void> {
    const inFlight = new Map<string, Promise<unknown>>()
    while (!signal.aborted) {
      turns += 1
      try {
        const batchId =
          inFlight.size < pacing.atOnce() && pacing.pauseMs() === 0
            ? await nextBatch(parts, pacing, new Set(inFlight.keys()))
            : null
        if (batchId !== null) {
          inFlight.set(batchId, begin(batchId, inFlight, signal))
          continue
        }
      } catch (error) {
        survive(error)
      }
      await bell.wait(Math.min(LONGEST_IDLE_MS, Math.max(50, pacing.untilDueMs())), signal)
    }
    await Promise.all(inFlight.values())
  }

  function begin(batchId: string, inFlight: Map<string, unknown>, signal: AbortSignal): Promise<unknown> {
    return attempt(parts, pacing, batchId, signal)
      .catch(survive)
      .finally(() => {
        inFlight.delete(batchId)
        bell.ring()
      })
  }

  async function flush(signal: AbortSignal, patience: Patience): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      const batchId = await nextBatch(parts, pacing, new Set())
      if (batchId !== null) {
        const kind = await attempt(parts, pacing, batchId, signal)
        if (kind === 'unauthorized') return
        failures = kind === 'kept' ? failures + 1 : 0
        if (failures >= patience.failures) return
      }
      const waitMs = pacing.untilDueMs()
      if (batchId === null && waitMs > patience.waitMs) return
      if (pacing.pauseMs() > patience.waitMs) return
      if (batchId === null || pacing.pauseMs() > 0) await bell.wait(waitMs, signal)
    }
  }

  return {
    run,
    flush,
    wake: bell.ring,
    retryNow: () => {
      pacing.forgetAll()
      bell.ring()
    },
    turns: () => turns,
  }
}

async function nextBatch(
  { outbox, newId, clock }: CourierParts,
  pacing: Pacing,
  inFlight: ReadonlySet<string>,
): Promise<string | null> {
  const open = await outbox.listBatches()
  const { batchId, mayForm } = pacing.choose(open.filter((batch) => !inFlight.has(batch.batchId)))
  if (!mayForm) return batchId
  return (await outbox.formBatch(newId(), clock.wallMs()))?.batchId ?? batchId
}

async function attempt(
  parts: CourierParts,
  pacing: Pacing,
  batchId: string,
  signal: AbortSignal,
): Promise<Delivered['kind']> {
  const delivered = await deliverBatch(parts, batchId, signal)
  // A request that we cut ourselves says nothing about the ingest.
  if (signal.aborted && delivered.kind === 'kept') return 'kept'
  switch (delivered.kind) {
    case 'settled':
      pacing.delivered(batchId)
      break
    case 'split':
    case 'gone':
      pacing.forget(batchId)
      break
    case 'unauthorized':
      pacing.failed('slow')
      note(parts, batchId, delivered.reason, SLOW_MS, true)
      break
    case 'kept':
      pacing.kept(batchId, delivered)
      note(parts, batchId, delivered.reason, pacing.untilDueMs(), delivered.alarm)
      break
  }
  return delivered.kind
}

function note(
  { tally, logger }: CourierParts,
  batchId: string,
  reason: string,
  waitMs: number,
  alarm: boolean,
): void {
  tally.add('send_failures')
  tally.fault(`delivery: ${reason}`)
  const facts = { batch_id: batchId, reason, alarm, wait_seconds: Math.round(waitMs) / 1000 }
  logger[alarm ? 'error' : 'warn'](facts, 'Not delivered: everything is kept and sent again')
}
