import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runDeadLetters } from '../../src/dead-letters/command.ts'
import { runStatus } from '../../src/status/command.ts'
import type { StatusLook } from '../../src/status/look.ts'
import { temporaryFolder } from '../support/folders.ts'
import { accept, answerWith, envelopeOf, startIngestServer } from '../support/ingest-server.ts'
import { startRunner } from '../support/processes.ts'
import { startProvider, streamTwoTokens } from '../support/providers.ts'

test('beside a running daemon: its status is told, dead letters are listed and sent again; after it, that it was stopped', async () => {
  const provider = await startProvider(streamTwoTokens)
  const ingest = await startIngestServer(answerWith(() => 'rejected'))
  const folder = temporaryFolder()
  const state = { RUNNER_STATE_DIR: folder }
  const daemon = startRunner(['--provider', 'groq', '--models', 'm,n', '--daemon'], {
    ...state,
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: provider,
    GROQ_BUDGET_REQUESTS_PER_DAY: '1',
    INGEST_API_URL: ingest.url,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_ID: 'runner-1',
  })
  const reported = (): string => {
    try {
      return readFileSync(join(folder, 'status.json'), 'utf8')
    } catch {
      return ''
    }
  }
  await vi.waitUntil(() => /"dead_letters":1,.*"refused":"the day/.test(reported()), { timeout: 20_000 })

  const json = startRunner(['status', '--json'], state)
  expect(await json.ended).toBe(0)
  expect(JSON.parse(json.stdout()) as StatusLook).toMatchObject({
    daemon: 'running',
    outbox: { depth: 0, oldest_age_seconds: null, dead_letters: 1 },
    spending: { requests: 1, output_tokens: 2 },
    report: {
      runner_id: 'runner-1',
      state: 'budget_spent',
      pid: daemon.child.pid,
      providers: { groq: { models: 2, running: 0, blocked: false } },
      budget: { providers: { groq: { requests: 1, requests_limit: 1, unpriced_requests: 1 } } },
      calibration: null,
    },
  })
  const beside = (command: typeof runStatus, ...args: string[]) => {
    const said: string[] = []
    const output = {
      writeOut: (text: string) => said.push(text),
      writeErr: (text: string) => said.push(text),
    }
    return { code: command(args, folder, Date.now(), output), said: said.join('') }
  }
  const list = beside(runDeadLetters, 'list', '--json')
  const letter = JSON.parse(list.said) as { result_id: string }
  expect(letter).toMatchObject({ verdict: 'rejected', document: { model_name: 'm', output_tokens: 2 } })

  ingest.play = accept
  expect(beside(runDeadLetters, 'resend', letter.result_id)).toEqual({
    code: 0,
    said: '1 dead letters are back in the outbox\n',
  })
  daemon.child.kill('SIGHUP')
  const resent = () =>
    ingest.received.filter(({ path }) => path === '/ingest/batch').flatMap((batch) => envelopeOf(batch).items)
  await vi.waitUntil(() => resent().length === 2, { timeout: 10_000 })
  expect(resent()[1]).toEqual(resent()[0])

  daemon.child.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)
  const after = beside(runStatus)
  expect(after.code).toBe(1)
  expect(after.said).toMatch(/^daemon {7}NOT RUNNING, it was stopped; last report \d+ s ago\n/)
  expect(after.said).toMatch(/^outbox {7}0 results wait; 0 dead letters$/m)
  expect(after.said).toMatch(/^BUDGET \d{4}-\d\d-\d\d {2}REQUESTS {2}OUTPUT TOKENS {2}USD/m)
  expect(after.said).toMatch(/^groq +1 of 1 +2 +0 +1$/m)
}, 90_000)

test('a folder without a runner is named; a flag that nobody knows and a resend of nothing are refused', () => {
  const said: string[] = []
  const output = { writeOut: (text: string) => said.push(text), writeErr: (text: string) => said.push(text) }
  const code = (exitCode: number): object => expect.objectContaining({ exitCode })
  expect(() => runStatus([], '/no/such/directory', 0, output)).toThrow(
    'There is no state directory /no/such/directory: is RUNNER_STATE_DIR right?',
  )
  expect(() => runDeadLetters(['resend', '--everything'], '/no', 0, output)).toThrow(code(2))
  expect(said.join('')).toMatch(/unknown option '--everything'/)
  expect(() => runDeadLetters(['resend'], '/no', 0, output)).toThrow(
    'Name result ids to send again, or --all',
  )
  expect(() => runDeadLetters(['resend', '--all', 'result-1'], '/no', 0, output)).toThrow(code(2))
  expect(runStatus(['--help'], '/no', 0, output)).toBe(0)
  expect(said.join('')).toMatch(/Exit codes: 0 a daemon runs and reports/)
})
