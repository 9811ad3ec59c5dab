import { analyse } from '../../src/analyse.ts'
import type { RequestMode, RunDocument } from '../../src/result.ts'
import { isErrorDocument } from '../../src/wire-document.ts'
import type { Tape } from '../../src/transport/tape.ts'
import { makeTape, saved } from './plans.ts'

export const CHAT = { provider: 'vllm', requestMode: 'chat_completions_stream' } as const
export const RESPONSES = { provider: 'openai', requestMode: 'openai_responses_stream' } as const
export const MESSAGES = { provider: 'anthropic', requestMode: 'anthropic_messages_stream' } as const
export const GEMINI = { provider: 'gemini', requestMode: 'gemini_generate_content_stream' } as const
export const CONVERSE = { provider: 'bedrock', requestMode: 'bedrock_converse_stream' } as const

type Api = { readonly provider: string; readonly requestMode: RequestMode }

/** A connection that breaks off inside the body. */
export const RESET = {
  stage: 'body',
  cause: 'network',
  deadline: null,
  name: 'ECONNRESET',
  message: 'read ECONNRESET',
} as const

/** The document of a run whose stream came in these pieces, 10 ms apart. */
export function runOf(
  api: Api,
  pieces: readonly (string | Uint8Array)[],
  changes: Partial<Tape> = {},
): RunDocument {
  return analyse(
    saved(
      makeTape(
        pieces.map((piece, index) => [(index + 1) * 10, piece]),
        changes,
      ),
      api,
    ),
  )
}

/** The same as a plain object, an error or a result, for a test that looks at a few of its fields. */
export function fieldsOf(...run: Parameters<typeof runOf>): Record<string, unknown> {
  const document = runOf(...run)
  return { ...document, isError: isErrorDocument(document) }
}
