/** Drives the real lane books, and the real state at each restart, through a virtual month. */
import { createLaneBook } from '../../src/lane-book.ts'
import type { Begun, LaneBook, LaneEnd } from '../../src/lane-book.ts'
import { createStreakMemory } from '../../src/streak-memory.ts'
import type { StreakMemory } from '../../src/streak-memory.ts'
import type { KeptModel } from '../../src/state/types.ts'
import { openState } from '../../src/state/state.ts'
import { pino } from 'pino'
import { attemptIn, INTERVAL, MONTH } from './world.ts'
import type { Incident, SimulatedProvider, World } from './world.ts'

export type Attempt = {
  /** Which process made it, counted from 0. */
  readonly process: number
  readonly provider: SimulatedProvider
  readonly model: string
  readonly attempt: number
  readonly beginMs: number
  /** The slot it belongs to, on the monotonic clock, and the process's first slot. */
  readonly slotMs: number
  readonly anchorMs: number
  readonly succeeded: boolean
}

type Lane = {
  readonly provider: SimulatedProvider
  readonly book: LaneBook
  readonly memory: StreakMemory
  readonly anchorMs: number
  readonly slotsByLabel: Map<string, number>
  refreshMs: number
  /** When there is something to do: only its own turns change that. */
  wakesMs: number
  running: { readonly begun: Begun; readonly end: LaneEnd; readonly endsMs: number } | null
}

/** Every attempt of a month, in order. `folder` holds the state that restarts leave behind. */
export async function simulateMonth(world: World, folder: string): Promise<Attempt[]> {
  const { time, clock, random } = world
  const attempts: Attempt[] = []
  const kept = new Map<string, KeptModel>()
  const forgotten = new Set<string>()
  const anchors = new Map<string, number>()
  const incidents = [...world.incidents]
  let process = 0
  let lanes = await startLanes()

  /** What the last process kept goes through the file, as at a real restart. */
  async function startLanes(): Promise<Lane[]> {
    const { state } = openState(folder, clock.wallMs())
    for (const [key, streak] of kept) state.keepModel(key.split('\n')[0] ?? '', streak, clock.wallMs())
    for (const key of forgotten) {
      const [slug = '', model = ''] = key.split('\n')
      if (!kept.has(key)) state.forgetModel(slug, model)
    }
    for (const [slug, anchorMs] of anchors) state.keepAnchor(slug, anchorMs)
    kept.clear()
    forgotten.clear()
    const store = {
      readModels: (slug: string, nowMs: number) => Promise.resolve(state.readModels(slug, nowMs)),
      forgetModel: (slug: string, model: string) => {
        kept.delete(`${slug}\n${model}`)
        forgotten.add(`${slug}\n${model}`)
        return Promise.resolve()
      },
      keepAnchor: (slug: string, anchorMs: number) => {
        anchors.set(slug, anchorMs)
        return Promise.resolve()
      },
      keepModel: (slug: string, streak: KeptModel) => {
        kept.set(`${slug}\n${streak.model}`, streak)
        return Promise.resolve()
      },
    }
    const started = await Promise.all(world.providers.map((provider) => startLane(provider, store)))
    state.close()
    return started
  }

  async function startLane(
    provider: SimulatedProvider,
    store: Parameters<typeof createStreakMemory>[0]['store'],
  ): Promise<Lane> {
    const logger = pino({ level: 'silent' })
    const memory = createStreakMemory({ store, provider: provider.slug, clock, logger })
    let ids = 0
    const book = createLaneBook({ clock, random, newId: () => `group-${ids++}`, concurrency: 1 })
    book.open(INTERVAL, await memory.load())
    const anchorMs = time.nowMs
    const slotsByLabel = new Map<string, number>()
    const times = { anchorMs, refreshMs: anchorMs, wakesMs: anchorMs }
    return { provider, book, memory, slotsByLabel, ...times, running: null }
  }

  async function turn(lane: Lane): Promise<void> {
    const { book, provider } = lane
    if (lane.running !== null && lane.running.endsMs <= time.nowMs) {
      const { begun, end } = lane.running
      lane.running = null
      const streak = book.finish(begun, end)
      if (streak !== null) await lane.memory.keep(begun.item.model, streak)
    }
    if (lane.refreshMs <= time.nowMs) {
      book.list(
        provider.models.map((model) => ({ model, metadata: {} })),
        INTERVAL,
      )
      lane.refreshMs = book.nextSlotMs()
    }
    const model = book.nextDue()
    const begun = model === null ? null : book.begin(model)
    if (begun === null) return
    const { end, runMs } = attemptIn(world, provider, begun.item.model)
    lane.running = { begun, end, endsMs: time.nowMs + runMs }
    attempts.push(noted(lane, begun, 'outcome' in end.end))
  }

  function noted({ provider, anchorMs, slotsByLabel }: Lane, begun: Begun, succeeded: boolean): Attempt {
    const { scheduledAt, attempt } = begun.slot
    const seen = slotsByLabel.get(scheduledAt) ?? Math.round(Date.parse(scheduledAt) - time.wallOffsetMs)
    slotsByLabel.set(scheduledAt, seen)
    const { model } = begun.item
    return { process, provider, model, attempt, beginMs: time.nowMs, slotMs: seen, anchorMs, succeeded }
  }

  async function suffer(incident: Incident): Promise<void> {
    if (incident.kind === 'step') time.wallOffsetMs += incident.byMs
    if (incident.kind === 'stall') time.nowMs += incident.forMs
    if (incident.kind !== 'restart') return
    time.nowMs += incident.downMs
    process += 1
    lanes = await startLanes()
  }

  while (time.nowMs < MONTH) {
    const next = Math.min(...lanes.map(({ wakesMs }) => wakesMs))
    const [incident] = incidents
    if (incident !== undefined && incident.atMs <= next) {
      incidents.shift()
      time.nowMs = Math.max(time.nowMs, incident.atMs)
      await suffer(incident)
      continue
    }
    // As the lane does: a clock that has not moved on must not make it spin.
    time.nowMs = next <= time.nowMs ? time.nowMs + 10 : next
    for (const lane of lanes) {
      if (lane.wakesMs > time.nowMs) continue
      await turn(lane)
      lane.wakesMs = wakesAt(lane)
    }
  }
  return attempts
}

function wakesAt({ running, refreshMs, book }: Lane): number {
  return Math.min(running?.endsMs ?? Infinity, refreshMs, running === null ? book.nextDueMs() : Infinity)
}
