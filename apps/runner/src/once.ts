/** `--once`: one cycle, then deliver and exit. */
import type { RunDocument } from '@llmbench/providers'
import { isSuccess } from './attempt-end.ts'
import { runCycle } from './cycle.ts'
import type { Session, Shipping } from './session.ts'
import type { Tally } from './tally.ts'

const PATIENCE = { failures: 3, waitMs: 10_000 }
/** After a signal: one try, well inside the time a supervisor gives. */
const LAST_PATIENCE = { failures: 1, waitMs: 0 }
const LAST_FLUSH_MS = 15_000

export type OnceOutput = {
  readonly progress: (done: number, of: number, label: string) => void
  /** Takes the documents of the whole cycle. */
  readonly finish: (documents: readonly RunDocument[]) => void
  /** Takes each reason for which the exit code is not 0. */
  readonly problem: (sentence: string) => void
}

/** Measures and delivers; returns the exit code: 0 when all succeeded and was delivered, else 1. */
export async function runOnce(session: Session, output: OnceOutput, stop: AbortSignal): Promise<number> {
  const { progress } = output
  const { documents, problems, hints } = await runCycle({ ...session, progress }, stop)
  output.finish(documents)
  for (const hint of hints) output.problem(hint)
  const undelivered = session.shipping === null ? [] : await deliver(session.shipping, session.tally, stop)
  const failed = documents.filter((document) => !isSuccess(document)).length
  const failures = failed === 0 ? [] : [`${failed} of ${documents.length} attempts did not succeed`]
  const all = [...problems, ...failures, ...undelivered]
  for (const problem of all) output.problem(problem)
  return all.length === 0 ? 0 : 1
}

async function deliver({ outbox, delivery }: Shipping, tally: Tally, stop: AbortSignal): Promise<string[]> {
  await delivery.flush(stop, PATIENCE)
  if (stop.aborted) await delivery.flush(AbortSignal.timeout(LAST_FLUSH_MS), LAST_PATIENCE)
  const { depth } = await outbox.status()
  const counters = tally.counters()
  const refused = (counters['invalid'] ?? 0) + (counters['conflict'] ?? 0) + (counters['rejected'] ?? 0)
  const problems: string[] = []
  if (refused > 0) problems.push(`The ingest refused ${refused} results: they are kept as dead letters`)
  if (depth > 0) {
    problems.push(
      `${depth} results could not be delivered and stay in the outbox: ${tally.lastFault() ?? 'stopped'}`,
    )
  }
  return problems
}
