/** What helps against an answer that refuses a parameter: the option of the command line and of the catalogue. Pure. */
import { isErrorDocument, printable, saysModelIsGone } from '@llmbench/providers'
import type { RunDocument } from '@llmbench/providers'

type Hint = {
  readonly refused: RegExp
  readonly option: string
  readonly catalogue: string
}

const HINTS: readonly Hint[] = [
  { refused: /temperature/i, option: '--omit-temperature', catalogue: '--omit-temperature true' },
  {
    refused: /reasoning[_. ]effort|thinking_?level|\beffort\b/i,
    option: '--reasoning-effort WORD',
    catalogue: '--reasoning-effort WORD',
  },
  {
    refused: /thinking|budget_tokens|reasoning/i,
    option: '--param thinking.type=… (docs/providers.md)',
    catalogue: "--additional-model-request-fields '{…}'",
  },
  {
    refused: /max_(?:completion_|output_)?tokens|maxOutputTokens|maxTokens/i,
    option: '--profile ID, whose cap the model accepts, or --request-mode',
    catalogue: '--profile ID',
  },
]

/** What to look at where a 404 does not speak of the model: the address that was asked; null elsewhere. */
export function addressHintFor(document: RunDocument, url: string | undefined): string | null {
  if (!isErrorDocument(document) || document.http_status !== 404 || url === undefined) return null
  const { provider, model_name: model, exc_type: name, message } = document
  if (saysModelIsGone(model, name, message)) return null
  return `${provider} ${model}: ${printable(url)} answers 404 and does not speak of the model: is the base URL right? It usually ends in /v1`
}

/** What to try where a 4xx refuses a parameter by name; null where it names none that an option changes. */
export function hintFor(document: RunDocument): string | null {
  if (!isErrorDocument(document) || document.error_kind !== 'hard_capability') return null
  const { provider, model_name: model, http_status: status, message } = document
  if (status === null || status < 400 || status >= 500) return null
  const hint = HINTS.find(({ refused }) => refused.test(message.slice(0, 1000)))
  if (hint === undefined) return null
  return `${provider} ${model} refuses a parameter: try ${hint.option}; for the catalogue: models set ${provider} ${model} ${hint.catalogue} --reason "…"`
}
