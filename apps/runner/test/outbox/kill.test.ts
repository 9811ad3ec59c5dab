import { expect, test, vi } from 'vitest'
import { openOutbox } from '../../src/outbox/outbox.ts'
import { temporaryFolder } from '../support/folders.ts'
import { outboxOptions } from '../support/outboxes.ts'
import { start } from '../support/processes.ts'

const CHILD = new URL('../support/outbox-child.ts', import.meta.url)

test('kill -9 keeps what was committed, once, and frees the lock', async () => {
  const folder = temporaryFolder()
  const committed: string[] = []
  for (const [round, lines] of [3, 20, 57].entries()) {
    const child = start(CHILD, [folder, `round${round}`], {})
    await vi.waitUntil(() => child.stdout().split('\n').length > lines, { timeout: 20_000, interval: 1 })
    child.child.kill('SIGKILL')
    await child.ended
    committed.push(...child.stdout().split('\n').slice(0, -1))
  }
  const outbox = openOutbox(outboxOptions(folder, { maxRows: 1e6 }), 0)
  expect(outbox.report.movedTo).toBeNull()
  const held: string[] = []
  for (let n = 0; outbox.formBatch(`rest-${n}`, 0) !== null; n++);
  for (const { batchId } of outbox.listBatches()) held.push(...(outbox.readBatch(batchId)?.resultIds ?? []))
  outbox.close()
  expect(new Set(held).size).toBe(held.length)
  expect(held).toEqual(expect.arrayContaining(committed))
})
