/** Which dialect a path speaks, whatever prefix a vendor puts before it. */
import { anthropicMessages } from './anthropic-messages.ts'
import { bedrockConverse } from './bedrock-converse.ts'
import type { Dialect } from './dialect.ts'
import { gemini } from './gemini.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiCompletions } from './openai-completions.ts'
import { openaiResponses } from './openai-responses.ts'

export type Route = {
  readonly dialect: Dialect
  /** The model, where the path names it. */
  readonly model: string | undefined
}

const ROUTES: readonly (readonly [RegExp, Dialect])[] = [
  // Azure's older paths name the deployment and leave the model out of the body.
  [/\/deployments\/(?<model>[^/]+)\/chat\/completions$/, openaiChat],
  [/\/chat\/completions$/, openaiChat],
  [/\/completions$/, openaiCompletions],
  [/\/responses$/, openaiResponses],
  [/\/messages$/, anthropicMessages],
  [/\/(?<model>[^/]+):streamRawPredict$/, anthropicMessages],
  [/\/(?<model>[^/]+):streamGenerateContent$/, gemini],
  [/\/model\/(?<model>[^/]+)\/converse-stream$/, bedrockConverse],
]

/** What answers at a path, or undefined where nothing does. Throws URIError for a badly encoded model. */
export function routeOf(path: string): Route | undefined {
  for (const [pattern, dialect] of ROUTES) {
    const match = pattern.exec(path)
    if (match === null) continue
    const model = match.groups?.['model']
    return { dialect, model: model === undefined ? undefined : decodeURIComponent(model) }
  }
  return undefined
}
