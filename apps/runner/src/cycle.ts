/** One cycle: every model of every provider once, providers side by side, the models of one after the other. */
import type { RunDocument } from '@llmbench/providers'
import type { Logger } from 'pino'
import type { Target } from './attempt.ts'
import type { MakeAttempt } from './attempts.ts'
import { addressHintFor, hintFor } from './hints.ts'
import { reportWorklist } from './lane.ts'
import type { Gate } from './outbox/types.ts'
import type { WorklistSource, WorkItem } from './worklist/worklist.ts'

export type CycleParts = {
  readonly targets: readonly Target[]
  readonly worklists: WorklistSource
  /** Measures and records; it resolves when the document is safe. */
  readonly attempt: MakeAttempt
  readonly gate: () => Promise<Gate>
  readonly newId: () => string
  readonly logger: Logger
  /** Told how far the cycle is. */
  readonly progress: (done: number, of: number, label: string) => void
}

export type CycleReport = {
  readonly documents: readonly RunDocument[]
  /** Why the cycle is not whole, in sentences; empty for a whole one. */
  readonly problems: readonly string[]
  /** What a person may try where attempts failed. */
  readonly hints: readonly string[]
}

/** Runs a cycle. No retries: each attempt is shown as it went. */
export async function runCycle(parts: CycleParts, signal: AbortSignal): Promise<CycleReport> {
  const problems: string[] = []
  const plans = await Promise.all(parts.targets.map((target) => planTarget(parts, target, problems)))
  const total = plans.reduce((sum, { items }) => sum + items.length, 0)
  const documents: RunDocument[] = []
  const hints: string[] = []
  const measureAll = async ({ target, items }: (typeof plans)[number]): Promise<void> => {
    for (const item of items) {
      const obstacle = signal.aborted ? 'stopped before' : await obstacleOf(parts)
      if (obstacle !== null) {
        problems.push(`${target.provider.slug} ${item.model} was not measured: ${obstacle}`)
        continue
      }
      parts.progress(documents.length, total, `${target.provider.slug} ${item.model}`)
      const slot = { attempt: 1, attemptGroup: parts.newId(), scheduledAt: null }
      const made = await parts.attempt(target, item, slot, signal)
      if ('notMade' in made)
        problems.push(`${target.provider.slug} ${item.model} was not measured: ${made.notMade}`)
      else {
        documents.push(made.document)
        for (const hint of [hintFor(made.document), addressHintFor(made.document, made.tape?.request.url)])
          if (hint !== null) hints.push(hint)
      }
      parts.progress(documents.length, total, `${target.provider.slug} ${item.model}`)
    }
  }
  await Promise.all(plans.map(measureAll))
  return { documents, problems, hints }
}

async function obstacleOf({ gate }: CycleParts): Promise<string | null> {
  const reason = await gate()
  return reason === null ? null : `the outbox takes no more (${reason})`
}

async function planTarget(
  { worklists, logger }: CycleParts,
  target: Target,
  problems: string[],
): Promise<{ target: Target; items: readonly WorkItem[] }> {
  const { slug } = target.provider
  const answer = await worklists(target.provider)
  if (answer.status !== 'ready') {
    problems.push(`${slug}: ${answer.reason}`)
    return { target, items: [] }
  }
  const { items, leftOut } = answer.worklist
  reportWorklist(logger, slug, answer.worklist)
  if (items.length === 0 && leftOut.length > 0)
    problems.push(`${slug}: every model of the worklist is left out`)
  return { target, items }
}
