import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from './support/folders.ts'
import { start } from './support/processes.ts'

test('a process that gives up is gone soon, although a thread of it hangs in a system call', async () => {
  const fifo = join(temporaryFolder(), 'fifo')
  execFileSync('mkfifo', [fifo])
  const { child, stdout } = start('apps/runner/test/support/stuck-thread-child.ts', [fifo], {})
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect({ code, signal, said: stdout() }).toEqual({ code: null, signal: 'SIGKILL', said: 'giving up\n' })
})
