/** Every wire format by its request mode: how a stream is read depends on nothing else. */
import type { RequestMode } from '../result.ts'
import { anthropicMessages } from './anthropic-messages.ts'
import { bedrockConverse } from './bedrock-converse.ts'
import type { Dialect } from './dialect.ts'
import { gemini } from './gemini.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiCompletions } from './openai-completions.ts'
import { openaiResponses } from './openai-responses.ts'

const DIALECTS: Readonly<Record<RequestMode, Dialect>> = {
  chat_completions_stream: openaiChat(),
  openai_responses_stream: openaiResponses,
  openai_legacy_completions_stream: openaiCompletions,
  anthropic_messages_stream: anthropicMessages,
  gemini_generate_content_stream: gemini,
  bedrock_converse_stream: bedrockConverse,
}

/** The dialect that reads streams of that mode, whoever sent them; a request is built with the vendor's own options. */
export function dialectOf(mode: RequestMode): Dialect {
  return DIALECTS[mode]
}
