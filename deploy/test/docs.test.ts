import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConsole, withoutChance } from './support/console.ts'
import { ROOT, startIngest, temporaryFolder } from './support/processes.ts'

const SECRETS = {
  INGEST_API_KEY: 'a-key-of-the-test-run',
  RUNNER_CONFIG_TOKEN: 'a-token-of-the-test-run',
}

/** One bash for all commands, so that what one of them sets is there for the next. */
const prelude = (url: string): string => `
  INGEST=${url} METRICS=${url}
  INGEST_API_KEY=${SECRETS.INGEST_API_KEY} RUNNER_CONFIG_TOKEN=${SECRETS.RUNNER_CONFIG_TOKEN}
  llmbench() { "${process.execPath}" "apps/ingest/src/$1/main.ts" "\${@:2}"; }
  cd "${ROOT}"`

test('every check of the operations guide answers as it says there', async () => {
  const exchanges = readConsole(readFileSync(join(ROOT, 'docs/operations.md'), 'utf8'))
  expect(exchanges.length).toBeGreaterThan(10)
  const store = { STORE_PATH: join(temporaryFolder(), 'store.sqlite') }
  const { url } = await startIngest({ ...store, ...SECRETS })
  const script = exchanges.map(({ command }) => `${command}\nprintf '\\n\\0'`).join('\n')
  const answers = await bash(`${prelude(url)}\n${script}`, store)
  const read = answers.split('\n\0').map((answer) => withoutChance(answer.replaceAll(url, 'ADDRESS').trim()))
  exchanges.forEach(({ command, answer }, at) => {
    expect(read[at], command).toBe(withoutChance(answer.trim()))
  })
}, 60_000)

function bash(script: string, environment: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve) => {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', ...environment }
    // What a command says on stderr is part of its answer.
    execFile('bash', ['--norc', '-c', `exec 2>&1\n${script}`], { env }, (_error, stdout) => resolve(stdout))
  })
}
