/** The vendors' own SDKs as readers of a stream: what they say that it holds, in their words. */
import Anthropic from '@anthropic-ai/sdk'
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { GoogleGenAI } from '@google/genai'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import OpenAI from 'openai'
import type { RequestMode } from '../../src/result.ts'

export type Judgement = {
  text: string
  reasoning: string
  outputTokens: number | null
  /** The provider's own word, null where none came. */
  finish: string | null
  /** What the SDK threw, null where it read the stream to its end. */
  error: string | null
}

type Verdict = Omit<Judgement, 'error'>
type Judge = (baseUrl: string, verdict: Verdict) => Promise<void>

const KEY = 'no-key'
const USER = [{ role: 'user' as const, content: 'Hello' }]

const JUDGES: Record<RequestMode, Judge> = {
  chat_completions_stream: judgeChat,
  openai_legacy_completions_stream: judgeCompletions,
  openai_responses_stream: judgeResponses,
  anthropic_messages_stream: judgeMessages,
  gemini_generate_content_stream: judgeGemini,
  bedrock_converse_stream: judgeConverse,
}

/** Streams from the base URL with the SDK of that API. What was read before an error stays in the judgement. */
export async function judge(mode: RequestMode, baseUrl: string): Promise<Judgement> {
  const verdict: Verdict = { text: '', reasoning: '', outputTokens: null, finish: null }
  try {
    await JUDGES[mode](baseUrl, verdict)
    return { ...verdict, error: null }
  } catch (error) {
    return { ...verdict, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
}

function openai(baseURL: string): OpenAI {
  return new OpenAI({ apiKey: KEY, baseURL, maxRetries: 0 })
}

/** The SDK's types know neither reasoning nor lists of parts; it hands over what was sent. */
type LooseDelta = { content?: unknown; reasoning?: string | null; reasoning_content?: string | null }
type Part = { type?: string; text?: string; summary?: { text: string }[]; thinking?: { text: string }[] }

async function judgeChat(baseUrl: string, verdict: Verdict): Promise<void> {
  const stream = await openai(baseUrl).chat.completions.create({ model: 'm', messages: USER, stream: true })
  for await (const chunk of stream) {
    const choice = chunk.choices[0]
    const delta: LooseDelta = choice?.delta ?? {}
    verdict.reasoning += delta.reasoning ?? delta.reasoning_content ?? ''
    if (typeof delta.content === 'string') verdict.text += delta.content
    if (Array.isArray(delta.content)) {
      for (const { text, summary, thinking } of delta.content as Part[]) {
        verdict.text += text ?? ''
        verdict.reasoning += (summary ?? thinking ?? []).map((entry) => entry.text).join('')
      }
    }
    // The SDK hands over a null as it was sent, whatever its types say.
    verdict.outputTokens =
      (chunk.usage?.completion_tokens as number | null | undefined) ?? verdict.outputTokens
    verdict.finish = choice?.finish_reason ?? verdict.finish
  }
}

async function judgeCompletions(baseUrl: string, verdict: Verdict): Promise<void> {
  const stream = await openai(baseUrl).completions.create({ model: 'm', prompt: 'Hello', stream: true })
  for await (const chunk of stream) {
    verdict.text += chunk.choices[0]?.text ?? ''
    verdict.outputTokens = chunk.usage?.completion_tokens ?? verdict.outputTokens
    verdict.finish = chunk.choices[0]?.finish_reason ?? verdict.finish
  }
}

async function judgeResponses(baseUrl: string, verdict: Verdict): Promise<void> {
  const stream = await openai(baseUrl).responses.create({ model: 'm', input: 'Hello', stream: true })
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') {
      verdict.text += event.delta
    } else if (
      event.type === 'response.reasoning_summary_text.delta' ||
      event.type === 'response.reasoning_text.delta'
    ) {
      verdict.reasoning += event.delta
    } else if (event.type === 'response.completed' || event.type === 'response.incomplete') {
      verdict.outputTokens = event.response.usage?.output_tokens ?? null
      verdict.finish = event.response.incomplete_details?.reason ?? event.response.status ?? null
    }
  }
}

async function judgeMessages(baseURL: string, verdict: Verdict): Promise<void> {
  const client = new Anthropic({ apiKey: KEY, baseURL, maxRetries: 0 })
  const stream = client.messages.stream({ model: 'm', max_tokens: 64, messages: USER })
  stream.on('text', (delta) => (verdict.text += delta))
  stream.on('thinking', (delta) => (verdict.reasoning += delta))
  const message = await stream.finalMessage()
  // The SDK's own gathering of the message, beside the deltas it reported.
  const blocks = message.content
  verdict.text = blocks.map((block) => (block.type === 'text' ? block.text : '')).join('')
  verdict.reasoning = blocks.map((block) => (block.type === 'thinking' ? block.thinking : '')).join('')
  verdict.outputTokens = message.usage.output_tokens
  verdict.finish = message.stop_reason
}

async function judgeGemini(baseUrl: string, verdict: Verdict): Promise<void> {
  const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl } })
  const stream = await client.models.generateContentStream({ model: 'm', contents: 'Hello' })
  for await (const chunk of stream) {
    for (const { text = '', thought = false } of chunk.candidates?.[0]?.content?.parts ?? []) {
      verdict[thought ? 'reasoning' : 'text'] += text
    }
    const { candidatesTokenCount, thoughtsTokenCount } = chunk.usageMetadata ?? {}
    if (candidatesTokenCount !== undefined || thoughtsTokenCount !== undefined) {
      verdict.outputTokens = (candidatesTokenCount ?? 0) + (thoughtsTokenCount ?? 0)
    }
    verdict.finish =
      chunk.candidates?.[0]?.finishReason ?? chunk.promptFeedback?.blockReason ?? verdict.finish
  }
}

async function judgeConverse(endpoint: string, verdict: Verdict): Promise<void> {
  const client = new BedrockRuntimeClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: KEY, secretAccessKey: KEY },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  })
  const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }]
  try {
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: 'm', messages }))
    for await (const event of stream ?? []) {
      const delta = event.contentBlockDelta?.delta
      verdict.text += delta?.text ?? ''
      verdict.reasoning += delta?.reasoningContent?.text ?? ''
      verdict.finish = event.messageStop?.stopReason ?? verdict.finish
      verdict.outputTokens = event.metadata?.usage?.outputTokens ?? verdict.outputTokens
    }
  } finally {
    client.destroy()
  }
}
