/**
 * A saved tape: everything a document is derived from, as one JSON file. It holds no request headers and no request
 * body, so no credential can be in it; whatever a provider echoes back was struck out before.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { NOTHING_ASKED } from './asked.ts'
import type { Asked } from './asked.ts'
import type { Plan } from './plan.ts'
import type { Quality } from './result.ts'
import { Quality as QualitySchema, RequestMode, ResultId } from './result.ts'
import type { Tape } from './transport/tape.ts'

const TAPE_FILE_VERSION = 1

export type SavedTape = {
  readonly plan: Plan
  /** What was sent, as far as a document or a person needs it. */
  readonly request: { readonly method: 'POST'; readonly url: string; readonly asked: Asked }
  readonly tape: Tape
  readonly quality: Quality
}

const nanoseconds = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((digits) => BigInt(digits))
const milliseconds = z.number().positive()

const PlanShape = z.object({
  resultId: ResultId,
  provider: z.string(),
  model: z.string(),
  requestMode: RequestMode,
  profile: z.object({
    id: z.string(),
    prompt: z.string(),
    maxOutputTokens: z.int().positive(),
    temperature: z.number(),
    deadlines: z.object({
      connectMs: milliseconds,
      firstTokenMs: milliseconds,
      idleMs: milliseconds,
      totalMs: milliseconds,
    }),
  }),
  metadata: z.record(z.string(), z.unknown()),
  attempt: z.int().positive(),
  attemptGroup: ResultId,
  scheduledAt: z.string().nullable(),
  region: z.string().nullable(),
  runnerVersion: z.string(),
})

const TapeShape = z.object({
  wallMs: z.number(),
  wallAtNs: nanoseconds,
  connection: z.object({
    dnsNs: nanoseconds.nullable(),
    tcpNs: nanoseconds.nullable(),
    tlsNs: nanoseconds.nullable(),
    remoteAddress: z.string().nullable(),
    tlsVersion: z.string().nullable(),
    isProxied: z.boolean().default(false),
    proxyNs: nanoseconds.nullable().default(null),
  }),
  startNs: nanoseconds.nullable(),
  firstByteNs: nanoseconds.nullable(),
  response: z.object({ status: z.int(), headers: z.record(z.string(), z.string()) }).nullable(),
  reads: z.array(
    z
      .tuple([nanoseconds, z.base64()])
      .transform(([atNs, bytes]) => ({ atNs, bytes: Buffer.from(bytes, 'base64') })),
  ),
  endNs: nanoseconds,
  // Absent in tapes of earlier releases.
  closedEarly: z.boolean().default(false),
  contentEncoding: z.string().nullable().default(null),
  failure: z
    .object({
      stage: z.enum(['connect', 'send', 'headers', 'body']),
      cause: z.enum(['deadline', 'network', 'tape_limit', 'aborted']),
      deadline: z.enum(['connect', 'first_token', 'idle', 'total']).nullable(),
      name: z.string(),
      message: z.string(),
    })
    .nullable(),
})

const AskedShape = z.object({
  temperature: z.number().nullable(),
  maxOutputTokens: z.int().nullable(),
  reasoningEffort: z.string().nullable(),
  extraFields: z.array(z.string()),
  extraHash: z.string().nullable(),
})

/** Tapes of earlier releases have the temperature alone. */
const RequestShape = z
  .object({
    method: z.literal('POST'),
    url: z.string(),
    temperature: z.number().nullable().optional(),
    asked: AskedShape.optional(),
  })
  .transform(({ method, url, temperature, asked }) => ({
    method,
    url,
    asked: asked ?? { ...NOTHING_ASKED, temperature: temperature ?? null },
  }))

const TapeFile = z.object({
  tape_version: z.literal(TAPE_FILE_VERSION),
  plan: PlanShape,
  request: RequestShape,
  tape: TapeShape,
  quality: QualitySchema,
})

/** Saves the tape as `<result id>.tape.json` in the directory, whole or not at all. Returns the path. */
export async function writeTape(directory: string, saved: SavedTape): Promise<string> {
  const reads = saved.tape.reads.map(({ atNs, bytes }) => [atNs, Buffer.from(bytes).toString('base64')])
  const file = { tape_version: TAPE_FILE_VERSION, ...saved, tape: { ...saved.tape, reads } }
  const text = JSON.stringify(file, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  const path = join(directory, `${saved.plan.resultId}.tape.json`)
  await mkdir(directory, { recursive: true })
  await writeFile(`${path}.part`, `${text}\n`)
  await rename(`${path}.part`, path)
  return path
}

/** Reads a saved tape. Throws with the path and the first fault when the file is no tape. */
export async function readTape(path: string): Promise<SavedTape> {
  const text = await readFile(path, 'utf8')
  const parsed = TapeFile.safeParse(safeJson(text))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new Error(
      `${path} is no tape: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unreadable'}`,
    )
  }
  const { plan, request, tape, quality } = parsed.data
  return { plan, request, tape, quality }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
