import { describe, expect, test } from 'vitest'
import { readResult } from '../../src/documents/result.ts'
import { readRetentionSettings } from '../../src/retention/settings.ts'
import { createRetentionCommand } from '../../src/retention/commands.ts'
import type { Store } from '../../src/store/store.ts'
import { result } from '../support/documents.ts'
import { openStore, STORE_KINDS } from '../support/stores.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const OLD = '2026-01-10'

async function write(store: Store, runTs: string, receivedAt = new Date(runTs)): Promise<void> {
  const reading = { now: receivedAt, runnerId: 'r', publishedProfiles: new Set(['cloud-default-v1']) }
  const read = readResult({ value: result({ run_ts: runTs }), faults: [] }, reading)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  await store.writeResults([read.row])
}

async function run(store: Store, args: readonly string[], days = '200'): Promise<Record<string, unknown>[]> {
  const printed: string[] = []
  const command = createRetentionCommand({
    store,
    settings: readRetentionSettings({ RETENTION_DAYS_METRICS_CLOUD_V2: days }),
    now: () => NOW,
    print: (text) => void printed.push(text),
  })
  await command.parseAsync(['node', 'retention', '--json', ...args])
  return printed.map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe.each(STORE_KINDS)('retention in the %s store', (kind) => {
  test('tells first, removes a day only after its summary, and keeps what is young', async () => {
    const store = await openStore(kind)
    for (const hour of ['01', '02', '03']) await write(store, `${OLD}T${hour}:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    const told = { collection: 'metrics_cloud_v2', day: OLD, rows: 3 }
    expect(await run(store, [])).toMatchObject([{ ...told, removed: 0 }])
    expect(await run(store, [])).toMatchObject([told])
    expect(await run(store, ['--apply'])).toMatchObject([{ ...told, removed: 3 }])
    expect(await run(store, ['--apply'])).toEqual([])
    expect(await store.newestPublishedAt()).toEqual(new Date('2026-11-24T11:00:00Z'))
  })

  test('removes nothing whose summary cannot be written', async () => {
    const store = await openStore(kind)
    await write(store, `${OLD}T01:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    const writeSummary = (): Promise<never> => Promise.reject(new Error('disk full'))
    const broken = { ...store, retention: { ...store.retention, writeSummary } }
    await expect(run(broken, ['--apply'])).rejects.toThrow('disk full')
    expect(await run(store, [])).toMatchObject([{ rows: 1 }])
  })

  test('a row that comes in after the look stays', async () => {
    const store = await openStore(kind)
    await write(store, `${OLD}T01:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    const [day] = await store.retention.listExpiredDays('metrics_cloud_v2', new Date('2026-05-01'))
    await write(store, `${OLD}T02:00:00.000Z`, new Date(`${OLD}T05:00:00Z`))
    expect(await store.retention.removeDay(day!, day!.lastReceivedAt)).toBe(1)
    expect(await store.retention.readDay(day!)).toHaveLength(1)
  })

  test('the newest day of a model stays, however old: its health is told from it', async () => {
    const store = await openStore(kind)
    await write(store, `${OLD}T01:00:00.000Z`)
    expect(await run(store, ['--apply'])).toEqual([])
  })
})

test('nothing is removed unless a setting says so, and none may be shorter than a resend is taken', async () => {
  expect(readRetentionSettings({})).toEqual({ metrics_cloud_v2: null, metrics_cloud_probe: null })
  expect(() => readRetentionSettings({ RETENTION_DAYS_METRICS_CLOUD_V2: '90' })).toThrow('from 100 to')
})
