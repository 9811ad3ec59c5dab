import fc from 'fast-check'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openOutbox } from '../../src/outbox/outbox.ts'
import { temporaryFolder } from '../support/folders.ts'
import { itemOf, outboxOptions } from '../support/outboxes.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')

function fill(folder: string, count: number): void {
  const outbox = openOutbox(outboxOptions(folder), NOW)
  for (let n = 0; n < count; n++) outbox.add(itemOf(String(n), 'x'.repeat(2000)), NOW)
  outbox.close()
}

test('a file that is no database is moved aside under its name and a new outbox is begun', () => {
  const folder = temporaryFolder()
  const rubbish = 'not a database, '.repeat(500)
  writeFileSync(join(folder, 'outbox.sqlite'), rubbish)
  const outbox = openOutbox(outboxOptions(folder), NOW)
  const { movedTo } = outbox.report
  expect(movedTo).toBe(join(folder, 'outbox.sqlite.damaged-20261124T100000.000Z'))
  expect(readFileSync(movedTo ?? '', 'utf8')).toBe(rubbish)
  outbox.add(itemOf('new'), NOW)
  expect(outbox.status().depth).toBe(1)
  outbox.close()
})

test('results that are still whole in a damaged outbox are saved from it', () => {
  const folder = temporaryFolder()
  fill(folder, 50)
  const path = join(folder, 'outbox.sqlite')
  const bytes = readFileSync(path)
  bytes.fill(0xff, 12_288, 16_384)
  writeFileSync(path, bytes)
  const outbox = openOutbox(outboxOptions(folder), NOW)
  expect(outbox.report.movedTo).not.toBeNull()
  expect(outbox.report.salvaged).toBeGreaterThan(40)
  expect(outbox.status().depth).toBe(outbox.report.salvaged)
  outbox.close()
})

test('a row that the disk changed is never sent: it becomes a dead letter', () => {
  const folder = temporaryFolder()
  fill(folder, 2)
  const database = new DatabaseSync(join(folder, 'outbox.sqlite'))
  database.exec(`UPDATE items SET body = replace(body, 'xxx', 'xyx') WHERE seq = 1`)
  database.close()
  const outbox = openOutbox(outboxOptions(folder), NOW)
  expect(outbox.formBatch('batch-1', NOW)).toEqual({ batchId: 'batch-1', items: 1 })
  expect(outbox.readBatch('batch-1')?.resultIds).toEqual(['result-1'])
  expect(outbox.status().deadLetters).toBe(1)
  outbox.close()
})

test('a batch with a row that the disk changed is formed anew from the others', () => {
  const folder = temporaryFolder()
  fill(folder, 2)
  const before = openOutbox(outboxOptions(folder), NOW)
  before.formBatch('batch-1', NOW)
  before.close()
  const database = new DatabaseSync(join(folder, 'outbox.sqlite'))
  database.exec(`UPDATE items SET body = replace(body, 'xxx', 'xyx') WHERE seq = 2`)
  database.close()
  const outbox = openOutbox(outboxOptions(folder), NOW)
  expect(outbox.readBatch('batch-1')).toBeNull()
  expect(outbox.formBatch('batch-2', NOW)?.items).toBe(1)
  expect(outbox.status()).toMatchObject({ depth: 1, deadLetters: 1 })
  outbox.close()
})

test('random damage never stops a start, never loses the old file and never lets a changed row out', () => {
  const source = mkdtempSync(join(tmpdir(), 'damage-'))
  fill(source, 30)
  const whole = readFileSync(join(source, 'outbox.sqlite'))
  rmSync(source, { recursive: true })
  const known = new Set(Array.from({ length: 30 }, (_, n) => itemOf(String(n), 'x'.repeat(2000)).body))
  const wound = fc.record({ at: fc.nat(whole.length - 1), byte: fc.integer({ min: 0, max: 255 }) })
  fc.assert(
    fc.property(fc.array(wound, { minLength: 1, maxLength: 40 }), (wounds) => {
      const folder = mkdtempSync(join(tmpdir(), 'damage-'))
      const bytes = Buffer.from(whole)
      for (const { at, byte } of wounds) bytes[at] = byte
      writeFileSync(join(folder, 'outbox.sqlite'), bytes)
      const outbox = openOutbox(outboxOptions(folder), NOW)
      const formed = outbox.formBatch('batch-1', NOW)
      const sent = formed === null ? [] : itemsOf(outbox.readBatch('batch-1')?.body ?? '')
      for (const body of sent) expect(known.has(body)).toBe(true)
      const moved = outbox.report.movedTo !== null
      expect(readdirSync(folder).some((name) => name.includes('damaged'))).toBe(moved)
      outbox.close()
      rmSync(folder, { recursive: true })
    }),
    { numRuns: 80, seed: 20_261_124 },
  )
})

function itemsOf(body: string): string[] {
  const { items } = JSON.parse(body) as { items: unknown[] }
  return items.map((item) => JSON.stringify(item))
}
