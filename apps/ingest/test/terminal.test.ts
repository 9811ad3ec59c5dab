/** What others wrote reaches a terminal that shows it and obeys none of it. */
import { expect, onTestFinished, test } from 'vitest'
import { jsonLine } from '../src/json/line.ts'
import { createSqliteStore } from '../src/store/sqlite.ts'
import { table } from '../src/table.ts'
import { secondsAgo } from './support/documents.ts'
import { runCommand } from './support/process.ts'
import { storeEnvironment } from './support/stores.ts'

/** Everything a terminal obeys or does not show, but for line ends: which are counted. */
const OBEYED = /[^\P{C}\n]|[\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u
const EVIL = 'a\u001b[2J\u001b]0;title\u0007b\u009b8mc\u202Ed\u200Be\r\nf\tg\u2028h\u{E0041}i\u0000j'

test('cells are one line each, whatever they hold', () => {
  const text = table(
    ['a', 'b'],
    [
      [EVIL, 'x'],
      ['größe 你好', 'y'],
    ],
  )
  expect(text.split('\n')).toHaveLength(3)
  expect(text).not.toMatch(OBEYED)
  expect(text).toContain('größe 你好  ')
})

test.each([EVIL, { [EVIL]: [EVIL, null, 1.5, '👍 ünïcode'] }, '\uD800', '"\\\u0085'])(
  '%j as JSON for a terminal is the same value',
  (value) => {
    const line = jsonLine(value)
    expect(line).not.toMatch(OBEYED)
    expect(line).not.toContain('\n')
    expect(JSON.parse(line)).toEqual(value)
    expect(line.includes('👍 ünïcode')).toBe(typeof value === 'object')
  },
)

test('every command tells evil names, reasons and errors as text', async () => {
  const environment = storeEnvironment('sqlite')
  const store = createSqliteStore(environment['STORE_PATH'] ?? '')
  onTestFinished(() => store.close())
  await store.prepare()
  const change = { action: 'add', at: new Date(), actor: EVIL, reason: EVIL } as const
  const model = { provider: 'groq', modelId: `m${EVIL}` }
  await store.addModel(
    { ...model, displayName: EVIL, quirks: { note: EVIL }, state: { disabled_reason: EVIL } },
    change,
  )
  const document = {
    last_error_at: secondsAgo(9),
    last_error_kind: EVIL,
    last_error_message: EVIL,
    consecutive_failures: 9,
  }
  await store.writeModelHealth([{ model, updatedAt: new Date(), document }])
  const raw = { a: EVIL }
  await store.writeDiscovery({
    provider: 'groq',
    startedAt: null,
    receivedAt: new Date(),
    paginationComplete: false,
    reason: EVIL,
    runnerId: EVIL,
    contentSha256: '0'.repeat(64),
    models: [{ modelId: `new${EVIL}`, name: EVIL, raw }],
  })
  const commands: readonly string[][] = [
    ['list', '--all'],
    ['list', '--json'],
    ['show', 'groq', model.modelId.replace('\0', '')],
    ['check'],
    ['export'],
    ['discover', '--provider', 'groq'],
    ['enable', 'groq', `x${EVIL.replace('\0', '')}`],
    ['--what\u001b[2J'],
  ]
  const told = await Promise.all(commands.map((args) => runCommand('models/main.ts', args, environment)))
  for (const [index, { stdout, stderr }] of told.entries()) {
    expect(stdout + stderr, commands[index]?.join(' ')).not.toMatch(OBEYED)
    expect(stdout + stderr).toMatch(/title|2J/)
  }
  const [listed] = told[1]!.stdout.split('\n')
  expect(JSON.parse(listed ?? '')).toMatchObject({ display_name: EVIL, health: { last_error_message: EVIL } })
})
