import { readFile } from 'node:fs/promises'
import { createModelsCommand } from '../../src/models/commands.ts'
import type { ModelsDependencies } from '../../src/models/dependencies.ts'
import type { Store } from '../../src/store/store.ts'

/** Runs one command line as it is run by `models`. */
export async function runModels(
  store: Store,
  args: readonly string[],
  others: Partial<ModelsDependencies> = {},
): Promise<{ printed: string[]; warned: string[]; fault: string | null }> {
  const printed: string[] = []
  const warned: string[] = []
  const command = createModelsCommand({
    store,
    actor: 'test',
    settings: { intervalMinutes: 30, publishedProfiles: new Set(['cloud-default-v1']) },
    environment: {},
    now: () => new Date(),
    readText: (path) => readFile(path, 'utf8'),
    print: (text) => void printed.push(...text.split('\n')),
    warn: (text) => void warned.push(text),
    ...others,
  })
  for (const each of [command, ...command.commands])
    each.exitOverride().configureOutput({ writeErr: (text) => void warned.push(text) })
  let fault: string | null = null
  try {
    await command.parseAsync([...args], { from: 'user' })
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error)
  }
  return { printed, warned, fault }
}

/** The same; resolves with every line it told, rejects where it failed. */
export async function models(store: Store, ...args: string[]): Promise<string[]> {
  const { printed, warned, fault } = await runModels(store, args)
  if (fault !== null) throw new Error(fault)
  return [...warned, ...printed]
}
