import { Command } from 'commander'
import { parseInstant } from '../documents/instant.ts'
import { UsageFault, WorkFault } from '../errors.ts'
import { sha256 } from '../json/canonical.ts'
import { jsonLine } from '../json/line.ts'
import { SCOPES } from '../secrets.ts'
import type { ApiKey, Store } from '../store/store.ts'
import { table } from '../table.ts'

export type KeysDependencies = {
  readonly store: Store
  readonly now: () => Date
  readonly random: (bytes: number) => Buffer
  readonly print: (text: string) => void
}

type CreateOptions = { runner: string; scope: string; expires?: string; json?: boolean }

/** The command line for keys in the store. A key is shown once, when made; only its digest is kept. */
export function createKeysCommand(dependencies: KeysDependencies): Command {
  const command = new Command('keys').description('API keys in the store: create, list, revoke').addHelpText(
    'after',
    `
The store is the one that MONGODB_URI or STORE_PATH names.

Example:
  keys create --runner frankfurt-1 --scope results:write,config:read --expires 2027-01-01T00:00:00Z`,
  )
  command
    .command('create')
    .description('make a key and print it once')
    .requiredOption('--runner <name>', 'whose it is; stands on every row it writes')
    .requiredOption('--scope <scopes>', `one or more of ${SCOPES.join(', ')}, separated by commas`)
    .option('--expires <time>', 'ISO 8601 with a zone')
    .option('--json', 'one JSON document')
    .action((options: CreateOptions) => create(dependencies, options))
  command
    .command('list')
    .description('list keys, without their secrets')
    .option('--json', 'one JSON document per line')
    .action((options: { json?: boolean }) => list(dependencies, options))
  command
    .command('revoke <id>')
    .description('revoke a key; it stays in the list')
    .action((id: string) => revoke(dependencies, id))
  return command
}

async function create(
  { store, now, random, print }: KeysDependencies,
  options: CreateOptions,
): Promise<void> {
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(options.runner)) {
    throw new UsageFault(`--runner "${options.runner}" must be 1 to 128 of A-Z a-z 0-9 . _ -`)
  }
  const scopes = options.scope.split(',').map((scope) => scope.trim())
  const odd = scopes.find((scope) => !SCOPES.some((known) => known === scope))
  if (odd !== undefined) throw new UsageFault(`--scope "${odd}" must be one or more of ${SCOPES.join(', ')}`)
  const expiresAt = options.expires === undefined ? null : parseInstant(options.expires)
  if (options.expires !== undefined && (expiresAt === null || expiresAt <= now())) {
    throw new UsageFault(`--expires "${options.expires}" must be a future ISO 8601 time with a zone`)
  }
  await store.prepare()
  const id = random(6).toString('hex')
  const key = `llmb_${random(32).toString('base64url')}`
  await store.addKey({
    id,
    digest: sha256(key),
    runner: options.runner,
    scopes,
    createdAt: now(),
    expiresAt,
    revokedAt: null,
  })
  if (options.json) print(jsonLine({ id, key, runner: options.runner, scopes, expires_at: expiresAt }))
  else print(`id   ${id}\nkey  ${key}\nThe key is not shown again.`)
}

async function list({ store, now, print }: KeysDependencies, { json }: { json?: boolean }): Promise<void> {
  await store.prepare()
  const keys = (await store.listKeys()).map((key) => shown(key, now()))
  if (json) {
    for (const key of keys) print(jsonLine(key))
    return
  }
  const rows = keys.map((key) => [
    key.id,
    key.runner,
    key.scopes.join(','),
    key.state,
    key.expires_at?.toISOString() ?? 'never',
  ])
  print(table(['id', 'runner', 'scopes', 'state', 'expires'], rows))
}

const shown = (key: ApiKey, now: Date) => ({
  id: key.id,
  runner: key.runner,
  scopes: key.scopes,
  state: stateOf(key, now),
  created_at: key.createdAt,
  expires_at: key.expiresAt,
  revoked_at: key.revokedAt,
})

function stateOf(key: ApiKey, now: Date): 'active' | 'revoked' | 'expired' {
  if (key.revokedAt !== null) return 'revoked'
  return key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'active'
}

async function revoke({ store, now, print }: KeysDependencies, id: string): Promise<void> {
  await store.prepare()
  if (!(await store.revokeKey(id, now()))) throw new WorkFault(`No key has the id ${id}`)
  print(`revoked ${id}`)
}
