import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { runDeadLetters } from '../../src/dead-letters/command.ts'
import { openDeadLetters } from '../../src/dead-letters/dead-letters.ts'
import { startOutbox } from '../../src/outbox/client.ts'
import { openOutbox } from '../../src/outbox/outbox.ts'
import type { Verdict } from '../../src/outbox/types.ts'
import { temporaryFolder } from '../support/folders.ts'
import { itemOf, outboxOptions } from '../support/outboxes.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

/** A folder whose outbox, open all the while, has those dead letters. */
function withDeadLetters(names: readonly string[]) {
  const folder = temporaryFolder()
  const outbox = openOutbox(outboxOptions(folder), NOW)
  onTestFinished(() => outbox.close())
  for (const name of names) outbox.add(itemOf(name), NOW)
  for (let n = 0; outbox.formBatch(`first-${n}`, NOW) !== null; n++) refuseAll(`first-${n}`)

  function refuseAll(batchId: string): void {
    const resultIds = outbox.readBatch(batchId)?.resultIds ?? []
    const verdicts = resultIds.map((resultId): Verdict => ({
      resultId,
      verdict: 'rejected',
      code: 'model_unknown',
      reason: 'no model',
    }))
    outbox.settle(batchId, verdicts, NOW)
  }
  const letters = openDeadLetters(folder, { readOnly: false })
  onTestFinished(() => letters.close())
  return { folder, outbox, letters }
}

test('dead letters are listed beside the outbox that is in use, with their reasons', () => {
  const { folder } = withDeadLetters(['a'])
  const looking = openDeadLetters(folder, { readOnly: true })
  expect(looking.list()).toEqual([
    {
      ...itemOf('a'),
      verdict: 'rejected',
      code: 'model_unknown',
      reason: 'no model',
      movedMs: NOW,
    },
  ])
  looking.close()
})

test('what is resent is in the outbox and no dead letter any more, byte for byte, and goes with the next batch', () => {
  const { outbox, letters } = withDeadLetters(['a', 'b'])
  expect(letters.resend(['result-b'], NOW + 5)).toEqual({ moved: 1, kept: [] })
  expect(outbox.status()).toMatchObject({ depth: 1, oldestCreatedMs: NOW + 5, deadLetters: 1 })
  outbox.formBatch('batch', NOW)
  expect(outbox.readBatch('batch')?.body).toBe(`{"batch_id":"batch","items":[${itemOf('b').body}]}`)
})

test('hundreds are resent in one call, and a second call has nothing to do', () => {
  const names = Array.from({ length: 210 }, (_, n) => String(n))
  const { outbox, letters } = withDeadLetters(names)
  expect(letters.resend('all', NOW)).toEqual({ moved: 210, kept: [] })
  expect(outbox.status()).toMatchObject({ depth: 210, deadLetters: 0 })
  expect(letters.resend('all', NOW)).toEqual({ moved: 0, kept: [] })
})

test('a letter that is refused again is a dead letter again', () => {
  const { outbox, letters } = withDeadLetters(['a'])
  letters.resend('all', NOW)
  outbox.formBatch('again', NOW)
  outbox.settle('again', [{ resultId: 'result-a', verdict: 'invalid', code: null, reason: 'worse' }], NOW)
  expect(letters.list()).toMatchObject([{ resultId: 'result-a', verdict: 'invalid', reason: 'worse' }])
  expect(outbox.status()).toMatchObject({ depth: 0, deadLetters: 1 })
})

test('an unknown id, a damaged row and an id that waits already stay as they are, and the others go', () => {
  const { folder, outbox, letters } = withDeadLetters(['a', 'b', 'c'])
  const database = new DatabaseSync(join(folder, 'outbox.sqlite'))
  database.exec("UPDATE dead_letters SET code = 'damaged' WHERE result_id = 'result-b'")
  database.close()
  outbox.add(itemOf('c'), NOW)
  const ids = ['result-a', 'result-b', 'result-c', 'result-x']
  expect(letters.resend(ids, NOW)).toEqual({
    moved: 1,
    kept: [
      { resultId: 'result-b', reason: 'The disk changed it: it is no measurement any more' },
      { resultId: 'result-c', reason: 'The same id waits in the outbox already' },
      { resultId: 'result-x', reason: 'There is no such dead letter' },
    ],
  })
  expect(outbox.status()).toMatchObject({ depth: 2, deadLetters: 2 })
})

test('a resend that fails halfway has moved nothing', () => {
  const { folder, outbox, letters } = withDeadLetters(['a', 'b'])
  const database = new DatabaseSync(join(folder, 'outbox.sqlite'))
  database.exec(`CREATE TRIGGER refuse BEFORE DELETE ON dead_letters WHEN OLD.result_id = 'result-b'
    BEGIN SELECT RAISE(ABORT, 'no'); END`)
  database.close()
  expect(() => letters.resend(['result-a', 'result-b'], NOW)).toThrow('no')
  expect(outbox.status()).toMatchObject({ depth: 0, deadLetters: 2 })
})

test('a folder without an outbox is named and not made', () => {
  const folder = join(temporaryFolder(), 'nowhere')
  expect(() => openDeadLetters(folder, { readOnly: false })).toThrow(/no outbox in .*nowhere/)
})

test('resent while an outbox in its thread adds, batches and delivers: each result is delivered once, none is lost', async () => {
  const folder = temporaryFolder()
  const outbox = await startOutbox(outboxOptions(folder), NOW)
  const letters = openDeadLetters(folder, { readOnly: false })
  const delivered: string[] = []
  const refusedOnce = new Set<string>()
  let batches = 0

  /** Delivers one batch; what comes for the first time is refused, what was sent again is taken. */
  async function deliver(): Promise<boolean> {
    const batchId = `batch-${batches++}`
    if ((await outbox.formBatch(batchId, NOW)) === null) return false
    const resultIds = (await outbox.readBatch(batchId))?.resultIds ?? []
    const verdicts = resultIds.map((resultId): Verdict => {
      const verdict = refusedOnce.has(resultId) ? 'created' : 'rejected'
      if (verdict === 'created') delivered.push(resultId)
      refusedOnce.add(resultId)
      return { resultId, verdict, code: null, reason: null }
    })
    await outbox.settle(batchId, verdicts, NOW)
    return true
  }

  const ids: string[] = []
  for (let n = 0; n < 60; n++) {
    const item = itemOf(String(n))
    ids.push(item.resultId)
    // Under way in the thread while this thread moves rows.
    const working = Promise.all([outbox.add(item, NOW), deliver()])
    letters.resend('all', NOW)
    await working
  }
  for (let isMore = true; isMore;) {
    letters.resend('all', NOW)
    isMore = await deliver()
  }
  letters.close()
  await outbox.close()
  expect(delivered.sort()).toEqual(ids.sort())
})

test('dead letters have a cap of their own: the oldest go, and measuring goes on', () => {
  const folder = temporaryFolder()
  const options = outboxOptions(folder, { maxBytes: 200_000, maxDeadBytes: 50_000 })
  const outbox = openOutbox(options, NOW)
  onTestFinished(() => outbox.close())
  for (let n = 0; n < 40; n += 1) {
    outbox.add(itemOf(`n${n}`, 'x'.repeat(10_000)), NOW + n)
    outbox.formBatch(`batch-${n}`, NOW + n)
    const resultIds = outbox.readBatch(`batch-${n}`)?.resultIds ?? []
    const refused = (resultId: string): Verdict => ({
      resultId,
      verdict: 'rejected',
      code: 'model_unknown',
      reason: null,
    })
    outbox.settle(`batch-${n}`, resultIds.map(refused), NOW + n)
  }
  expect(outbox.status()).toMatchObject({ gate: null, deadLetters: 4, deadLettersDropped: 36 })
  const letters = openDeadLetters(folder, { readOnly: true })
  expect(letters.list().map(({ resultId }) => resultId)).toEqual([36, 37, 38, 39].map((n) => `result-n${n}`))
  letters.close()
})

test('dead letters are dropped by id, age and code, and only when that is confirmed', () => {
  const { folder, letters } = withDeadLetters(['a', 'b', 'c'])
  const said: string[] = []
  const output = {
    writeOut: (text: string) => void said.push(text),
    writeErr: (text: string) => void said.push(text),
  }
  const day = 86_400_000
  const run = (...args: string[]) => runDeadLetters(['drop', ...args], folder, NOW + 2 * day, output)
  run('--all')
  run('--older-than', '3', '--yes')
  run('--code', 'other', '--yes')
  run('result-a', 'nobody', '--yes')
  run('--older-than', '1', '--code', 'model_unknown', '--yes', '--json')
  expect(said).toEqual([
    '3 dead letters would be dropped for good: add --yes to do it\n',
    '0 dead letters are dropped\n',
    '0 dead letters are dropped\n',
    '1 dead letters are dropped\n',
    '{"dropped":2,"found":2}\n',
  ])
  expect(letters.list()).toEqual([])
  expect(() => run('--yes')).toThrow('Name result ids to drop')
  expect(() => run('--all', '--code', 'x')).toThrow('--all goes without')
})
