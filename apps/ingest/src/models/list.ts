import { Command } from 'commander'
import type { CatalogueDocument } from '../store/store.ts'
import { table } from '../table.ts'
import type { ModelsDependencies } from './dependencies.ts'

type ListOptions = { provider?: string; json?: boolean }

/** `models list`: the catalogue as it is. */
export const listCommand = (dependencies: ModelsDependencies): Command =>
  new Command('list')
    .description('list the catalogue')
    .option('--provider <provider>', 'one provider only')
    .option('--json', 'one JSON document per line')
    .action((options: ListOptions) => list(dependencies, options))

async function list({ store, print }: ModelsDependencies, { provider, json }: ListOptions): Promise<void> {
  await store.prepare()
  const documents = (await store.listModels(provider)).toSorted((left, right) =>
    sortKey(left) < sortKey(right) ? -1 : 1,
  )
  if (json) {
    for (const { _id: _, ...document } of documents) print(JSON.stringify(document))
    return
  }
  const columns = ['provider', 'model_id', 'display_name', 'state', 'disabled_reason']
  print(
    table(
      columns,
      documents.map((document) => columns.map((column) => cell(document, column))),
    ),
  )
}

const sortKey = (document: CatalogueDocument): string =>
  `${String(document['provider'])}\n${String(document['display_name'])}\n${String(document['model_id'])}`

function cell(document: CatalogueDocument, column: string): string {
  if (column !== 'state') return typeof document[column] === 'string' ? document[column] : ''
  if (document['deprecated'] === true) return 'deprecated'
  return document['enabled'] === true ? 'enabled' : 'disabled'
}
