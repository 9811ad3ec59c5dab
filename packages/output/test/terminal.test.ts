import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'

const CHILD = fileURLToPath(new URL('./terminal-child.ts', import.meta.url))

test('a terminal behind which nobody reads holds nobody up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmbench-terminal-'))
  const report = join(folder, 'report.json')
  // `script` gives it a terminal of its own; the pipe behind that is never read, so that both fill up.
  const command = `'${process.execPath}' '${CHILD}' '${report}'`
  const script = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(script, 'exit')
  onTestFinished(async () => {
    script.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true })
  })
  const said = await vi.waitUntil(
    () => {
      try {
        return JSON.parse(readFileSync(report, 'utf8')) as { turns: number; dropped: number; tty: boolean }
      } catch {
        return null
      }
    },
    { timeout: 20_000, interval: 20 },
  )
  expect(said).toMatchObject({ turns: 50, tty: true })
  expect(said?.dropped).toBeGreaterThan(100)
})
