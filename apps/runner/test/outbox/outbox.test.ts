import { expect, onTestFinished, test } from 'vitest'
import { openOutbox } from '../../src/outbox/outbox.ts'
import type { Outbox, OutboxOptions, Verdict } from '../../src/outbox/types.ts'
import { temporaryFolder } from '../support/folders.ts'
import { itemOf, outboxOptions } from '../support/outboxes.ts'

function open(directory = temporaryFolder(), differences: Partial<OutboxOptions> = {}): Outbox {
  const outbox = openOutbox(outboxOptions(directory, differences), 1000)
  onTestFinished(() => {
    try {
      outbox.close()
    } catch {
      // The test has closed it.
    }
  })
  return outbox
}

function verdict(name: string, word: Verdict['verdict']): Verdict {
  return { resultId: `result-${name}`, verdict: word, code: null, reason: null }
}

test('a batch holds the oldest hundred items and keeps its bytes over a restart', () => {
  const folder = temporaryFolder()
  const outbox = open(folder)
  for (let n = 0; n < 120; n++) outbox.add(itemOf(String(n)), n)
  expect(outbox.formBatch('batch-1', 0)).toEqual({ batchId: 'batch-1', items: 100 })
  const before = outbox.readBatch('batch-1')
  expect(JSON.parse(before?.body ?? '')).toMatchObject({ batch_id: 'batch-1', items: { length: 100 } })
  expect(before?.resultIds.slice(0, 2)).toEqual(['result-0', 'result-1'])
  outbox.add(itemOf('late'), 200)
  outbox.close()
  expect(open(folder).readBatch('batch-1')).toEqual(before)
})

test('a batch stays under the size a request may have', () => {
  const outbox = open()
  for (let n = 0; n < 20; n++) outbox.add(itemOf(String(n), 'x'.repeat(100_000)), n)
  expect(outbox.formBatch('batch-1', 0)).toEqual({ batchId: 'batch-1', items: 9 })
})

test('created and duplicate rows go, refused ones become dead letters, unnamed ones are batched anew', () => {
  const outbox = open()
  for (const name of ['a', 'b', 'c', 'd']) outbox.add(itemOf(name), 5)
  outbox.formBatch('batch-1', 0)
  const verdicts = [verdict('a', 'created'), verdict('b', 'duplicate'), verdict('c', 'conflict')]
  expect(outbox.settle('batch-1', verdicts, 9)).toEqual({ deleted: 2, deadLetters: 1, left: 1 })
  expect(outbox.listBatches()).toEqual([])
  expect(outbox.status()).toEqual({
    depth: 1,
    oldestCreatedMs: 5,
    deadLetters: 1,
    deadLettersDropped: 0,
    gate: null,
  })
  outbox.formBatch('batch-2', 0)
  expect(outbox.readBatch('batch-2')?.resultIds).toEqual(['result-d'])
})

test('a verdict on an item of another batch changes nothing', () => {
  const outbox = open()
  outbox.add(itemOf('a'), 0)
  outbox.formBatch('batch-1', 0)
  outbox.add(itemOf('b'), 0)
  outbox.formBatch('batch-2', 0)
  expect(outbox.settle('batch-1', [verdict('b', 'created')], 0)).toEqual({
    deleted: 0,
    deadLetters: 0,
    left: 1,
  })
  expect(outbox.status().depth).toBe(2)
})

test('a split batch becomes two that hold its items in order', () => {
  const outbox = open()
  for (const name of ['a', 'b', 'c']) outbox.add(itemOf(name), 0)
  outbox.formBatch('batch-1', 0)
  outbox.split('batch-1', ['batch-2', 'batch-3'])
  expect(outbox.readBatch('batch-1')).toBeNull()
  expect(outbox.readBatch('batch-2')?.resultIds).toEqual(['result-a', 'result-b'])
  expect(outbox.readBatch('batch-3')?.resultIds).toEqual(['result-c'])
})

test('the gate closes at the cap and opens again under 80 % of it', () => {
  const outbox = open(temporaryFolder(), { maxRows: 10 })
  for (let n = 0; n < 10; n++) outbox.add(itemOf(String(n)), n)
  expect(outbox.status().gate).toBe('rows')
  outbox.formBatch('batch-1', 0)
  outbox.settle('batch-1', [verdict('0', 'created'), verdict('1', 'created')], 0)
  expect(outbox.status().gate).toBe('rows')
  outbox.formBatch('batch-2', 0)
  outbox.settle('batch-2', [verdict('2', 'created')], 0)
  expect(outbox.status().gate).toBeNull()
})

test('the gate closes when the bytes cap is reached', () => {
  const outbox = open(temporaryFolder(), { maxBytes: 300_000 })
  expect(outbox.status().gate).toBeNull()
  for (let n = 0; n < 4; n++) outbox.add(itemOf(String(n), 'x'.repeat(100_000)), n)
  expect(outbox.status().gate).toBe('bytes')
})

test('a second instance on one state directory is refused with exit code 75', () => {
  const folder = temporaryFolder()
  open(folder)
  expect(() => open(folder)).toThrow(expect.objectContaining({ exitCode: 75 }))
})
