/** Row 31: the outbox and the bodies of another version of the runner, the answers of another version of the ingest. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { judgeAnswer } from '../../src/delivery/judge.ts'
import { temporaryFolder } from '../support/folders.ts'
import { startRunner } from '../support/processes.ts'
import { outboxIds, printedIds, startWorld, storedIds } from '../support/world.ts'

const FIXTURE = new URL('../fixtures/outbox-version-1/', import.meta.url)
const CYCLE = ['--provider', 'groq', '--models', 'model-a', '--json']

/** An outbox as version 1 left it: one free result, a batch of two that awaits its answer, a dead letter. */
function layOutbox(directory: string, version = 1): void {
  mkdirSync(directory, { recursive: true })
  const database = new DatabaseSync(join(directory, 'outbox.sqlite'))
  database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL')
  database.exec(readFileSync(new URL('schema.sql', FIXTURE), 'utf8'))
  const [first, second, third, letter] = documents()
  const insert = database.prepare(
    'INSERT INTO items (seq, result_id, body, digest, created_at) VALUES (?, ?, ?, ?, ?)',
  )
  ;[first, second, third].forEach((body = '', at) =>
    insert.run(at + 1, idOf(body), body, digestOf(body), 1000),
  )
  database.exec(`INSERT INTO batches VALUES ('frozen-batch', 1);
    INSERT INTO batch_items VALUES (1, 'frozen-batch'), (2, 'frozen-batch')`)
  database
    .prepare(`INSERT INTO dead_letters VALUES (?, ?, 'invalid', 'invalid', 'The rate does not agree', 1000)`)
    .run(idOf(letter ?? ''), letter ?? '')
  database.exec(`PRAGMA user_version = ${version}`)
  database.close()
}

/** The frozen documents, taken a minute ago: the ingest refuses what is older than 90 days. */
function documents(): string[] {
  const lines = readFileSync(new URL('documents.jsonl', FIXTURE), 'utf8').trimEnd().split('\n')
  const at = (secondsAgo: number): string => new Date(Date.now() - secondsAgo * 1000).toISOString()
  const [start, end] = [at(60), at(58)]
  return lines.map((line) => line.replaceAll('@START@', start).replaceAll('@END@', end))
}

function idOf(body: string): string {
  return (JSON.parse(body) as { result_id: string }).result_id
}

function digestOf(body: string): string {
  return createHash('sha256')
    .update(`${idOf(body)}\n${body}`)
    .digest('hex')
}

test('row 31: a full outbox of version 1 is delivered by this runner to this ingest, batch as it was fixed, once', async () => {
  const world = await startWorld()
  layOutbox(world.stateDirectory)
  const runner = startRunner(CYCLE, world.environment)
  expect([await runner.ended, runner.stderr()]).toEqual([0, expect.not.stringMatching(/damaged/)])
  const frozen = ['frozen-result-0001', 'frozen-error-00002', 'frozen-result-0003']
  expect(storedIds(world).sort()).toEqual([...frozen, ...printedIds(runner.stdout())].sort())
  expect(outboxIds(world.stateDirectory)).toEqual(['frozen-letter-0004'])
  const first = world.proxy.answers.find(({ path }) => path === '/ingest/batch')
  expect(JSON.parse(first?.body ?? '')).toMatchObject({
    batch_id: 'frozen-batch',
    results: [
      { result_id: 'frozen-result-0001', verdict: 'created' },
      { result_id: 'frozen-error-00002', verdict: 'created' },
    ],
  })
}, 120_000)

test('row 31: an outbox of a newer version is refused in one sentence, and every row in it stays', async () => {
  const directory = join(temporaryFolder(), 'state')
  layOutbox(directory, 999)
  const before = outboxIds(directory)
  const runner = startRunner(CYCLE, {
    GROQ_API_KEY: 'groq-key-0123456789',
    INGEST_API_URL: 'http://127.0.0.1:9/ingest',
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_STATE_DIR: directory,
  })
  expect(await runner.ended).toBe(1)
  expect(runner.stderr()).toMatch(/^runner: The outbox was written by a newer runner \(version 999\)/)
  expect(outboxIds(directory)).toEqual(before)
  expect(before).toHaveLength(4)
})

test.each([
  ['as it was at first', {}, {}],
  [
    'of a newer ingest that says more',
    { server: 'next', retention: { days: 90 } },
    { stored_in: 'x', hints: [1] },
  ],
])('row 31: an answer %s settles its batch', (_when, ofBatch, ofItem) => {
  const results = [{ result_id: 'frozen-result-0001', verdict: 'created', ...ofItem }]
  const body = JSON.stringify({
    batch_id: 'frozen-batch',
    received_at: 'now',
    counts: {},
    results,
    ...ofBatch,
  })
  expect(judgeAnswer({ status: 200, headers: {}, body }, 'frozen-batch', 0)).toMatchObject({
    action: 'settle',
    verdicts: [{ result_id: 'frozen-result-0001', verdict: 'created' }],
  })
})
