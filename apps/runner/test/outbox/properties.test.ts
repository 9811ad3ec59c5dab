import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openOutbox } from '../../src/outbox/outbox.ts'
import type { Outbox, Verdict } from '../../src/outbox/types.ts'
import { itemOf, outboxOptions } from '../support/outboxes.ts'

const words = fc.constantFrom<Verdict['verdict'] | 'unnamed'>(
  'created',
  'duplicate',
  'rejected',
  'conflict',
  'invalid',
  'unnamed',
)
const step = fc.oneof(
  fc.record({ type: fc.constant('add' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ type: fc.constant('form' as const) }),
  fc.record({
    type: fc.constant('settle' as const),
    at: fc.nat(9),
    words: fc.array(words, { minLength: 1 }),
  }),
  fc.record({ type: fc.constant('split' as const), at: fc.nat(9) }),
  fc.record({ type: fc.constant('reopen' as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What the outbox and the dead letters hold, read by another connection. */
function heldIn(folder: string): { items: string[]; dead: string[] } {
  const database = new DatabaseSync(join(folder, 'outbox.sqlite'), { readOnly: true })
  const ids = (table: string): string[] =>
    database
      .prepare(`SELECT result_id FROM ${table}`)
      .all()
      .map((row) => String(row['result_id']))
  const held = { items: ids('items'), dead: ids('dead_letters') }
  database.close()
  return held
}

test('whatever happens, each result is in the outbox, delivered or a dead letter, and in one of them only', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'outbox-'))
      let outbox = openOutbox(outboxOptions(folder), 0)
      const world = { generated: [] as string[], delivered: [] as string[], batches: 0 }
      try {
        for (const one of steps) {
          if (one.type === 'reopen') {
            outbox.close()
            outbox = openOutbox(outboxOptions(folder), 0)
          } else take(outbox, one, world)
          const { items, dead } = heldIn(folder)
          expect([...items, ...dead, ...world.delivered].sort()).toEqual([...world.generated].sort())
        }
      } finally {
        outbox.close()
        rmSync(folder, { recursive: true })
      }
    }),
    { numRuns: 60, seed: 20_261_124 },
  )
})

function take(
  outbox: Outbox,
  one: Exclude<Step, { type: 'reopen' }>,
  world: { generated: string[]; delivered: string[]; batches: number },
): void {
  const newId = (): string => `batch-${world.batches++}`
  const open = outbox.listBatches()
  switch (one.type) {
    case 'add':
      for (let n = 0; n < one.count; n++) {
        const item = itemOf(String(world.generated.length))
        outbox.add(item, 0)
        world.generated.push(item.resultId)
      }
      break
    case 'form':
      outbox.formBatch(newId(), 0)
      break
    case 'split':
      if (open.length > 0) outbox.split(open[one.at % open.length]?.batchId ?? '', [newId(), newId()])
      break
    case 'settle': {
      const batch = open.length === 0 ? null : outbox.readBatch(open[one.at % open.length]?.batchId ?? '')
      if (batch === null) break
      const verdicts = batch.resultIds.flatMap((resultId, at) => {
        const word = one.words[at % one.words.length] ?? 'unnamed'
        return word === 'unnamed' ? [] : [{ resultId, verdict: word, code: null, reason: null }]
      })
      outbox.settle(batch.batchId, verdicts, 0)
      const gone = verdicts.filter(({ verdict }) => verdict === 'created' || verdict === 'duplicate')
      world.delivered.push(...gone.map(({ resultId }) => resultId))
      break
    }
  }
}
