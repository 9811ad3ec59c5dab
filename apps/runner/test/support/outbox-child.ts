/** Adds items for ever and prints the id of each once it is committed: to be killed. */
import { openOutbox } from '../../src/outbox/outbox.ts'
import { OUTBOX_LIMITS } from '../../src/outbox/types.ts'

const [directory = '', prefix = ''] = process.argv.slice(2)
const outbox = openOutbox({ ...OUTBOX_LIMITS, directory, reserveBytes: 65_536 }, Date.now())
for (let n = 0; ; n++) {
  const resultId = `${prefix}-${n}`
  outbox.add({ resultId, body: JSON.stringify({ kind: 'result', result_id: resultId }) }, Date.now())
  if (n % 3 === 2) outbox.formBatch(`batch-${prefix}-${n}`, Date.now())
  process.stdout.write(`${resultId}\n`)
}
