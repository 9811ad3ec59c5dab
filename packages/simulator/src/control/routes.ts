/** The control API: scenarios in, truth out. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Listings } from '../listings/serve.ts'
import { parseJson, readBody } from '../read-body.ts'
import type { Run, Runs } from '../runs.ts'
import { Scenario } from '../scenario.ts'
import type { Scenarios } from '../scenarios.ts'
import { sendError, sendJson } from '../send-json.ts'
import { tellCompactRun, tellRun } from '../truth.ts'
import { getListing, putListing } from './listings.ts'

export type Controlled = {
  readonly scenarios: Scenarios
  readonly runs: Runs
  readonly listings: Listings
}

type Call = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  /** The last part of the path, decoded. */
  readonly name: string
}

type Handler = (call: Call, controlled: Controlled) => void | Promise<void>

const WAIT_LIMIT_MS = 60_000
const LIST_LIMIT = 10_000

const ROUTES: readonly (readonly [path: RegExp, methods: Readonly<Record<string, Handler>>])[] = [
  [/^\/control\/health$/, { GET: ({ response }) => sendJson(response, 200, { status: 'ok' }) }],
  [
    /^\/control\/scenarios$/,
    {
      GET: ({ response }, { scenarios }) =>
        sendJson(response, 200, { scenarios: scenarios.list(), default: Scenario.parse({}) }),
    },
  ],
  [/^\/control\/scenarios\/(?<name>[^/]+)$/, { PUT: putScenario, DELETE: deleteScenario }],
  [/^\/control\/listings\/(?<name>[^/]+)$/, { PUT: putListing, GET: getListing }],
  [/^\/control\/runs$/, { GET: listRuns, DELETE: clearRuns }],
  [/^\/control\/runs\/(?<name>[^/]+)$/, { GET: getRun }],
]

/** Answers a request under `/control/`. */
export async function handleControl(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  controlled: Controlled,
): Promise<void> {
  for (const [path, methods] of ROUTES) {
    const match = path.exec(url.pathname)
    if (match === null) continue
    const handler = methods[request.method ?? '']
    if (handler === undefined) break
    const name = decodeURIComponent(match.groups?.['name'] ?? '')
    return handler({ request, response, query: url.searchParams, name }, controlled)
  }
  sendError(response, 404, `There is no ${request.method} ${url.pathname}`)
}

async function putScenario({ request, response, name }: Call, { scenarios }: Controlled): Promise<void> {
  const body = await readBody(request)
  const document = body === null ? undefined : parseJson(body)
  if (document === undefined)
    return sendError(response, 400, 'The body is no JSON document of at most 16 MiB')
  const parsed = Scenario.safeParse(document)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
    return sendError(response, 422, `The scenario of ${name} is not valid`, faults)
  }
  scenarios.set(name, parsed.data)
  sendJson(response, 200, { model: name, scenario: parsed.data })
}

function deleteScenario({ response, name }: Call, { scenarios }: Controlled): void {
  if (!scenarios.remove(name)) return sendError(response, 404, `The model ${name} has no scenario`)
  response.writeHead(204).end()
}

function listRuns({ response, query }: Call, { runs }: Controlled): void {
  const limit = wholeNumber(query.get('limit'), 100, LIST_LIMIT)
  if (limit === undefined) return sendError(response, 400, `limit is a whole number from 0 to ${LIST_LIMIT}`)
  sendRuns(response, query, runs.list(query.get('model') ?? undefined, limit), (told) => ({ runs: told }))
}

async function getRun({ response, query, name }: Call, { runs }: Controlled): Promise<void> {
  const run = runs.find(name)
  if (run === undefined)
    return sendError(response, 404, `There is no run ${name}; the newest 10,000 are kept`)
  const waitMs = wholeNumber(query.get('wait_ms'), 0, WAIT_LIMIT_MS)
  if (waitMs === undefined)
    return sendError(response, 400, `wait_ms is a whole number from 0 to ${WAIT_LIMIT_MS}`)
  await runs.whenOver(run, waitMs)
  sendRuns(response, query, [run], ([told]) => told)
}

function sendRuns(
  response: ServerResponse,
  query: URLSearchParams,
  runs: readonly Run[],
  wrap: (told: readonly unknown[]) => unknown,
): void {
  const format = query.get('format') ?? 'full'
  if (format !== 'full' && format !== 'compact') return sendError(response, 400, 'format is full or compact')
  const tell = (run: Run): unknown => (format === 'full' ? tellRun(run) : tellCompactRun(run))
  sendJson(response, 200, wrap(runs.map(tell)))
}

function clearRuns({ response }: Call, { runs }: Controlled): void {
  runs.clear()
  response.writeHead(204).end()
}

function wholeNumber(text: string | null, fallback: number, most: number): number | undefined {
  if (text === null) return fallback
  return /^\d{1,9}$/.test(text) && Number(text) <= most ? Number(text) : undefined
}
