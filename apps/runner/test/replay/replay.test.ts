import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folders.ts'
import { addressOf, start, startRunner } from '../support/processes.ts'

const replay = (...args: string[]) => start('apps/runner/src/replay/main.ts', args, {})

test('a saved tape comes to the very document that was printed; a changed one is told by its field', async () => {
  const folder = temporaryFolder()
  const simulator = start('packages/simulator/src/main.ts', [], {})
  const runner = startRunner(
    ['--local', '--json', '--provider', 'groq', '--models', 'model-a,model-b', '--save-tapes', folder],
    { GROQ_API_KEY: 'groq-key', GROQ_BASE_URL: `${await addressOf(simulator)}/openai/v1` },
  )
  expect(await runner.ended).toBe(0)
  const then = join(folder, 'then.jsonl')
  writeFileSync(then, runner.stdout())

  const same = replay(folder, '--json', '--check', then)
  expect(await same.ended).toBe(0)
  expect(same.stdout().split('\n').sort()).toEqual(runner.stdout().split('\n').sort())
  expect(same.stderr()).toMatch(/2 of 2 documents are the same/)

  writeFileSync(then, readFileSync(then, 'utf8').replace(/"output_tokens":\d+/, '"output_tokens":9999'))
  const other = replay(folder, '--check', then)
  expect(await other.ended).toBe(1)
  expect(other.stderr()).toMatch(/output_tokens: 9999 → \d+\n1 of 2 documents are the same/)
})

test('what is no tape and what is not there is said, with exit codes 1 and 2', async () => {
  const file = join(temporaryFolder(), 'x.tape.json')
  writeFileSync(file, '{}')
  const [broken, absent, unnamed] = [replay(file), replay('/no/such/file'), replay()]
  expect(await broken.ended).toBe(1)
  expect(broken.stderr()).toMatch(/is no tape/)
  expect(await absent.ended).toBe(2)
  expect(await unnamed.ended).toBe(2)
})
