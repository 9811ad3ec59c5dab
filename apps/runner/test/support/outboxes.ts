import { startOutbox } from '../../src/outbox/client.ts'
import type { OutboxClient } from '../../src/outbox/client.ts'
import type { Item, OutboxOptions } from '../../src/outbox/types.ts'
import { temporaryFolder } from './folders.ts'
import { onTestFinished } from 'vitest'

/** Limits small enough for a test; the reserve is one block. */
export function outboxOptions(directory: string, differences: Partial<OutboxOptions> = {}): OutboxOptions {
  return {
    directory,
    maxRows: 1000,
    maxBytes: 2 ** 30,
    reserveBytes: 65_536,
    maxDeadBytes: 2 ** 20,
    ...differences,
  }
}

export function itemOf(name: string, filler = ''): Item {
  const resultId = `result-${name}`
  return { resultId, body: JSON.stringify({ kind: 'result', result_id: resultId, filler }) }
}

/** A real outbox in a thread and a folder of its own, with those items. */
export async function startFilledOutbox(names: readonly string[]): Promise<OutboxClient> {
  const outbox = await startOutbox(outboxOptions(temporaryFolder()), Date.now())
  onTestFinished(async () => {
    await outbox.close()
  })
  for (const name of names) await outbox.add(itemOf(name), Date.now())
  return outbox
}
