/**
 * A scenario: how the simulator answers for one model. Every field has a default, so `{}` is the scenario of a model
 * that nobody described.
 *
 * Time starts when the request has been read. The stream is a row of beats, each due at an absolute moment:
 *
 *     keep-alive comments · opening events · empty deltas · reasoning deltas · text deltas · finish · trailer
 *
 * The first beat is due after `first_delay_ms`, each next one a gap later. All opening events are one beat, and so
 * are all trailing ones (usage after the finish, done marker). A beat that a dialect has no event for keeps its time.
 */
import { z } from 'zod'
import { Fault, HeaderMap, Milliseconds } from './fault.ts'

const Tokens = z.int().min(0).max(1_000_000_000)
const Count = z.int().min(0).max(100_000)

/** Where OpenAI-style chat says the usage; Gemini knows `every_chunk_cumulative` and `finish_chunk`. */
const UsagePlacement = z.enum([
  /** After the finish, in a chunk without choices: OpenAI, Azure, vLLM. */
  'choices_empty_chunk',
  /** With the finish: Together, Fireworks, Cerebras, DeepInfra. Vertex for Gemini. */
  'finish_chunk',
  /** On every chunk, counting up: xAI, Gemini. */
  'every_chunk_cumulative',
  /** On every chunk, output tokens null until the finish: Databricks. */
  'every_chunk_null_until_finish',
  /** Three times: `x_groq.usage` and `usage` with the finish, then in a chunk without choices: Groq. */
  'x_groq_and_final',
  /** In `x_groq.usage` with the finish and nowhere else: Groq's compound systems. */
  'x_groq_only',
  /** After the finish, beside a choice without a finish reason: OpenRouter in 2025. */
  'after_finish_with_choice',
  /** After the finish, beside a choice that repeats it: OpenRouter in 2026. */
  'repeated_after_finish',
  'none',
])

/** How reasoning is told. Chat knows all but the last; the rest is said at each value. */
const ReasoningField = z.enum([
  'reasoning',
  'reasoning_content',
  /** Both names with the same text: vLLM in transition. */
  'both',
  /** `reasoning` and `reasoning_details` beside an empty `content`: OpenRouter. */
  'reasoning_details',
  /** Typed parts in a `content` list, as text is then too: Databricks. */
  'content_parts',
  /** `<think>…</think>` inside the content: visible text, and counted as such. */
  'think_tags',
  /** Nothing readable: a redacted block (Anthropic, Bedrock), silence elsewhere. */
  'redacted',
  /** Responses: `response.reasoning_text.delta` in place of the summary. Elsewhere as `reasoning`. */
  'reasoning_text',
])

export const Scenario = z
  .strictObject({
    /** Request read → response headers, ms. Default: `first_delay_ms`. */
    headers_delay_ms: Milliseconds.optional(),
    /** Request read → first beat, ms. */
    first_delay_ms: Milliseconds.default(20),
    /** Between two beats, ms. */
    gap_ms: Milliseconds.default(5),
    /** Gap after the first beat, after the second …; the last one repeats. Overrides `gap_ms`. */
    gaps_ms: z.array(Milliseconds).min(1).max(100_000).optional(),
    /** Last delta → finish, ms. Default: the gap. */
    finish_gap_ms: Milliseconds.optional(),
    /** Finish → trailer, ms. */
    trailer_gap_ms: Milliseconds.default(0),

    /** Text deltas. */
    deltas: Count.default(32),
    /** Words in each delta, text and reasoning; each is one token of o200k_base unless `multibyte`. */
    tokens_per_delta: z.int().min(1).max(10_000).default(1),
    /** The text of each text delta; overrides `deltas` and `tokens_per_delta`. */
    texts: z.array(z.string()).max(100_000).optional(),
    /** Words with accents, CJK and emoji, so that characters span several bytes and code units. */
    multibyte: z.boolean().default(false),
    /** Reasoning deltas before the text. */
    reasoning_deltas: Count.default(0),
    reasoning_field: ReasoningField.default('reasoning'),
    /** Empty text deltas before the first content. */
    empty_deltas: Count.default(0),
    /** Comments (Anthropic: pings) before the opening events. */
    keepalive_comments: Count.default(0),

    /** Default: `choices_empty_chunk` for chat, `every_chunk_cumulative` for Gemini. */
    usage_placement: UsagePlacement.optional(),
    /** Reported tokens. Output includes reasoning. Default: the words sent; null reasoning is not reported. */
    output_tokens: Tokens.optional(),
    reasoning_tokens: Tokens.nullable().optional(),
    input_tokens: Tokens.default(13),
    /** Fields beside the usage in chat: `time_info`, `timings`, `latency_checkpoint` … */
    usage_chunk_fields: z.record(z.string(), z.unknown()).default({}),
    /** `stop` and `length` become the dialect's own word; any other is sent as it is. */
    finish_reason: z.string().min(1).default('stop'),
    /** Chat and completions: `[DONE]`. Anthropic: `message_stop`. */
    done_marker: z.boolean().default(true),
    /** Chat: an opening chunk with a role and empty content. */
    role_chunk: z.boolean().default(true),
    /** Chat: a first chunk without choices and with an empty id, as Azure sends it. */
    prompt_filter_chunk: z.boolean().default(false),

    line_ending: z.enum(['lf', 'crlf']).default('lf'),
    /** A byte order mark before the first event. */
    bom: z.boolean().default(false),
    /** Response headers beside those of the dialect. */
    headers: HeaderMap.default({}),
    fault: Fault.optional(),
  })
  .refine(
    (scenario) =>
      scenario.headers_delay_ms === undefined || scenario.headers_delay_ms <= scenario.first_delay_ms,
    { path: ['headers_delay_ms'], error: 'headers_delay_ms comes no later than first_delay_ms' },
  )
/** What a test or a person writes. */
export type Scenario = z.input<typeof Scenario>
/** A scenario with its defaults filled in. */
export type ScenarioSettings = z.output<typeof Scenario>
