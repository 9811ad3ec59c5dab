import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MODEL } from './documents.ts'
import { runForJson, startServer, type Environment, type Server } from './processes.ts'

export const KEY = 'a-key-of-the-benchmark'
const here = (file: string): string => new URL(file, import.meta.url).pathname
const source = (file: string): string => here(`../../apps/ingest/src/${file}`)

export type Contender = { readonly name: string; readonly start: () => Promise<Server> }

/** The ingest on a store, with limits that the load does not reach and the model of the documents in its catalogue. */
export const ingest = (name: string, store: Record<string, string>, base: Environment): Contender => ({
  name,
  start: async () => {
    const environment = {
      ...base,
      ...store,
      PORT: '0',
      INGEST_API_KEY: KEY,
      RUNNER_CONFIG_TOKEN: KEY,
      RATE_LIMIT_PER_MINUTE: '1000000',
      MAX_BODY_BYTES: '4194304',
    }
    const models = source('models/main.ts')
    const add = [process.execPath, models, 'add', MODEL.provider, MODEL.modelId] as const
    // Whoever came before on the same store has added it already; then the list has it.
    await runForJson<null>([...add], environment).catch(() => null)
    return await startServer([process.execPath, source('main.ts')], environment)
  },
})

/** A server of this folder that takes the address of its database. */
const baseline =
  (name: string, file: string) =>
  (uri: string, base: Environment): Contender => ({
    name,
    start: () => startServer([process.execPath, here(file), uri], base),
  })
export const plainFastify = baseline('plain Fastify', 'plain-fastify.ts')
export const groupedFastify = baseline('grouped Fastify, no checks', 'grouped-fastify.ts')

export type Python = { readonly contender: (uri: string) => Contender; readonly remove: () => void }

/** The Python route in a virtual environment made for the run, or the reason why there is none. */
export async function preparePython(base: Environment): Promise<Python | { readonly missing: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'llmbench-bench-python-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    await runForJson(['python3', '-m', 'venv', folder], base)
    const packages = ['fastapi', 'uvicorn', 'pymongo']
    await runForJson([join(folder, 'bin/pip'), 'install', '--quiet', '--quiet', ...packages], base)
  } catch (error) {
    remove()
    return { missing: error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error) }
  }
  return {
    remove,
    contender: (uri) => ({
      name: 'plain FastAPI',
      start: () => startServer([join(folder, 'bin/python'), here('plain_fastapi.py'), uri], base),
    }),
  }
}
