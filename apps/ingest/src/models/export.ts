import { Command } from 'commander'
import { compareText, modelKey } from '../catalogue/entry.ts'
import { jsonLine } from '../json/line.ts'
import { oddValue } from '../json/odd-values.ts'
import type { CatalogueDocument } from '../store/store.ts'
import { readProvider } from './arguments.ts'
import type { ModelsDependencies } from './dependencies.ts'

/** `models export`: the catalogue as JSON, an entry a line, in an order that does not change by itself. */
export const exportCommand = (dependencies: ModelsDependencies): Command =>
  new Command('export')
    .description('print the catalogue as JSON that "models import" takes')
    .option('--provider <provider>', 'one provider only', readProvider)
    .addHelpText('after', '\nExample:\n  models export > catalogue.json')
    .action((options: { provider?: string }) => printAll(dependencies, options.provider))

async function printAll(
  { store, print, warn }: ModelsDependencies,
  provider: string | undefined,
): Promise<void> {
  await store.prepare()
  const documents = (await store.listModels(provider))
    .map((document) => [modelKey(document), jsonLine(inOrder(withoutOdd(document, warn)))] as const)
    .sort(([left], [right]) => compareText(left, right))
  print(documents.length === 0 ? '[]' : `[\n${documents.map(([, line]) => line).join(',\n')}\n]`)
}

/** An entry without the store's own key. */
export const withoutId = ({ _id: _, ...document }: CatalogueDocument): CatalogueDocument => document

/** An entry without values that JSON cannot hold: an import would read them as others. */
function withoutOdd(document: CatalogueDocument, warn: ModelsDependencies['warn']): CatalogueDocument {
  const kept = Object.entries(withoutId(document)).filter(([field, value]) => {
    const odd = oddValue(value, field)
    if (odd !== null) warn(`Warning: ${nameOf(document)} leaves out a field: ${odd}`)
    return odd === null
  })
  return Object.fromEntries(kept)
}

const nameOf = ({ provider, model_id: id }: CatalogueDocument): string => `${String(provider)} ${String(id)}`

const FIRST = ['provider', 'model_id', 'display_name', 'enabled', 'deprecated']

/** What it is, then the rest by name: two exports of one entry are the same text, whichever store they come from. */
function inOrder(document: CatalogueDocument): Record<string, unknown> {
  const rest = Object.keys(withoutId(document)).filter((field) => !FIRST.includes(field))
  return Object.fromEntries([...FIRST, ...rest.sort(compareText)].map((field) => [field, document[field]]))
}
