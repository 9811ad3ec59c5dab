/** Takes every inode of a small disk while an outbox is open and before the next one is: prints what was possible. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openOutbox } from '../../src/outbox/outbox.ts'

const [directory = ''] = process.argv.slice(2)
const options = { directory, maxRows: 1000, maxBytes: 2 ** 30, reserveBytes: 65_536 }

function add(outbox: ReturnType<typeof openOutbox>, resultId: string): void {
  outbox.add({ resultId, body: JSON.stringify({ result_id: resultId }) }, 0)
}

/** Empty files until there is room for no more. */
const taken: string[] = []
function takeInodes(): void {
  try {
    for (;;) {
      const path = join(directory, `foreign-${taken.length}`)
      writeFileSync(path, '')
      taken.push(path)
    }
  } catch {
    // There is none left.
  }
}

const first = openOutbox(options, 0)
add(first, 'result-a')
takeInodes()
add(first, 'result-b')
first.formBatch('batch-1', 0)
const whileOpen = { ...first.status(), oldestCreatedMs: undefined }
first.close()
// Closing has given the log's own inodes back.
takeInodes()
let refused = 'not refused'
try {
  openOutbox(options, 0).close()
} catch (error) {
  refused = error instanceof Error ? error.message : String(error)
}
const files = readdirSync(directory).filter((name) => !name.startsWith('foreign'))
for (const path of taken) rmSync(path)
const second = openOutbox(options, 0)
const afterwards = { ...second.status(), oldestCreatedMs: undefined }
process.stdout.write(
  JSON.stringify({ whileOpen, refused, files, afterwards, movedTo: second.report.movedTo }),
)
second.close()
