/** Writes to its terminal for a while and says in the file of argv[2] what became of it. */
import { writeFileSync } from 'node:fs'
import { createOutput, openDescriptor } from '../src/index.ts'

const output = createOutput({ fd: openDescriptor(process.stdout), limitBytes: 65_536, resumed: () => '' })
const line = `${'x'.repeat(1000)}\n`
let turns = 0
const turning = setInterval(() => {
  turns += 1
  for (let n = 0; n < 20; n++) output.write(line)
  if (turns < 50) return
  clearInterval(turning)
  writeFileSync(
    process.argv[2] ?? '',
    JSON.stringify({ turns, dropped: output.dropped(), tty: process.stdout.isTTY }),
  )
  process.exit(0)
}, 5)
