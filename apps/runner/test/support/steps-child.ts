/** Takes an outbox through every kind of write and tells each step before and after it, to be killed or refused at any. */
import { writeSync } from 'node:fs'
import { openOutbox } from '../../src/outbox/outbox.ts'
import type { Outbox, Verdict } from '../../src/outbox/types.ts'

const [directory = ''] = process.argv.slice(2)
const OUTBOX = { directory, maxRows: 1000, maxBytes: 2 ** 30, reserveBytes: 65_536 }

/** Not through a stream: once it is told, it is told. */
function say(word: string, ids: readonly string[] = []): void {
  writeSync(1, `${[word, ...ids].join(' ')}\n`)
}

const outbox = open()
if (outbox !== null) {
  for (const id of ['a-result', 'b-result', 'c-result']) add(outbox, id)
  deliver(outbox)
  add(outbox, 'd-result')
  say(`gate ${String(outbox.status().gate)}`)
  attempt(outbox.close)
}
say('end')

function open(): Outbox | null {
  try {
    return openOutbox(OUTBOX, 0)
  } catch {
    say('unopened')
    return null
  }
}

function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

function add({ add: commit }: Outbox, resultId: string): void {
  const body = JSON.stringify({ kind: 'result', result_id: resultId, filler: 'x'.repeat(500) })
  if (attempt(() => commit({ resultId, body }, 0))) say('added', [resultId])
}

/** The ingest named one item created, one refused, and said nothing of the third. */
function deliver({ formBatch, readBatch, settle }: Outbox): void {
  attempt(() => {
    formBatch('batch-1', 0)
    const [created, refused] = readBatch('batch-1')?.resultIds ?? []
    if (created === undefined || refused === undefined) return
    const words = { code: null, reason: null }
    const verdicts: Verdict[] = [
      { resultId: created, verdict: 'created', ...words },
      { resultId: refused, verdict: 'invalid', ...words },
    ]
    say('delivered', [created])
    settle('batch-1', verdicts, 0)
    say('settled', [created])
  })
}
