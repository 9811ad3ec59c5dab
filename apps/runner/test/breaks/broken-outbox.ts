/** An outbox that is wrong in one way, or that ends the process at one step, as its address says. */
import { openOutbox as openReal } from '../../src/outbox/outbox.ts'
import type { Batch, Outbox, OutboxOptions, Verdict } from '../../src/outbox/types.ts'

export * from '../../src/outbox/outbox.ts'

const HELD_MS = 3000

const WAYS: Readonly<Record<string, (real: Outbox) => Partial<Outbox>>> = {
  'held-in-memory': holdInMemory,
  'deleted-before-answer': deleteBeforeAnswer,
  'duplicate-is-refused': (real) => ({
    settle: (batchId, verdicts, nowMs) => real.settle(batchId, verdicts.map(refuseDuplicate), nowMs),
  }),
  'new-id-each-time': renameEachTime,
  'dies-before-commit': () => ({ add: die }),
  'dies-after-commit': (real) => ({
    add: (item, nowMs) => {
      real.add(item, nowMs)
      die()
    },
  }),
  'dies-before-delete': () => ({ settle: die }),
  'dies-after-delete': (real) => ({
    settle: (batchId, verdicts, nowMs) => {
      real.settle(batchId, verdicts, nowMs)
      return die()
    },
  }),
  'without-fsync': () => ({}),
}

/** Takes the place of the real function of that name. */
export function openOutbox(options: OutboxOptions, nowMs: number): Outbox {
  const way = new URL(import.meta.url).searchParams.get('break') ?? ''
  const broken = WAYS[way]
  if (broken === undefined) throw new Error(`There is no way "${way}" to break the outbox`)
  const real = openReal(options, nowMs)
  return { ...real, ...broken(real) }
}

/** SIGKILL at this very step. */
function die(): never {
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

/** Says "committed" three seconds before it is. */
function holdInMemory(real: Outbox): Partial<Outbox> {
  const held = new Set<NodeJS.Timeout>()
  return {
    add: (item, nowMs) => {
      const timer = setTimeout(() => {
        held.delete(timer)
        real.add(item, nowMs)
      }, HELD_MS)
      held.add(timer)
    },
    close: () => {
      for (const timer of held) clearTimeout(timer)
      real.close()
    },
  }
}

function deleteBeforeAnswer(real: Outbox): Partial<Outbox> {
  return {
    readBatch: (batchId) => {
      const batch = real.readBatch(batchId)
      const created = (batch?.resultIds ?? []).map((resultId): Verdict => ({
        resultId,
        verdict: 'created',
        code: null,
        reason: null,
      }))
      real.settle(batchId, created, 0)
      return batch
    },
  }
}

function refuseDuplicate(verdict: Verdict): Verdict {
  return verdict.verdict === 'duplicate' ? { ...verdict, verdict: 'conflict' } : verdict
}

/** Every resend names its results anew, so that the ingest cannot know them again. */
function renameEachTime(real: Outbox): Partial<Outbox> {
  let sent = 0
  return {
    readBatch: (batchId): Batch | null => {
      const batch = real.readBatch(batchId)
      if (batch === null) return null
      sent += 1
      const rename = (id: string): string => `${id}.${process.pid}.${sent}`
      const body = batch.resultIds.reduce(
        (text, id) => text.replaceAll(`"${id}"`, `"${rename(id)}"`),
        batch.body,
      )
      return { batchId, body, resultIds: batch.resultIds }
    },
    settle: (batchId, verdicts, nowMs) => {
      const named = verdicts.map((one) => ({ ...one, resultId: one.resultId.split('.')[0] ?? '' }))
      return real.settle(batchId, named, nowMs)
    },
  }
}
