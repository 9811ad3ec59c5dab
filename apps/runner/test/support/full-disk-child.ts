/** Fills a small disk through the outbox, then with foreign bytes, then delivers: prints what was possible. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openOutbox } from '../../src/outbox/outbox.ts'

const [directory = ''] = process.argv.slice(2)
const outbox = openOutbox({ directory, maxRows: 1e6, maxBytes: 1e12, reserveBytes: 4 * 2 ** 20 }, 0)
let added = 0
while (outbox.status().gate === null) {
  const resultId = `result-${added}`
  outbox.add({ resultId, body: JSON.stringify({ result_id: resultId, filler: 'x'.repeat(50_000) }) }, 0)
  added += 1
}
const closedBy = outbox.status().gate
const foreign = join(directory, 'foreign')
try {
  writeFileSync(foreign, Buffer.alloc(64 * 2 ** 20))
} catch {
  // Now there is not a byte left.
}
let delivered = 0
for (let n = 0; outbox.formBatch(`batch-${n}`, 0) !== null; n++) {
  const resultIds = outbox.readBatch(`batch-${n}`)?.resultIds ?? []
  const verdicts = resultIds.map(
    (resultId) => ({ resultId, verdict: 'created', code: null, reason: null }) as const,
  )
  delivered += outbox.settle(`batch-${n}`, verdicts, 0).deleted
}
rmSync(foreign, { force: true })
process.stdout.write(JSON.stringify({ added, closedBy, delivered, after: outbox.status() }))
