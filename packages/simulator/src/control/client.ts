/** The control API from the other side: what tests and benchmarks call. */
import type { Listing } from '../listings/listing.ts'
import type { ListingRequest } from '../listings/serve.ts'
import type { Scenario } from '../scenario.ts'
import type { CompactRunTruth, RunTruth } from '../truth.ts'

export type Control = {
  /** Says how the model answers from now on. Rejects with the faults of a scenario that is not valid. */
  readonly setScenario: (model: string, scenario: Scenario) => Promise<void>
  /** Back to the default scenario. */
  readonly removeScenario: (model: string) => Promise<void>
  /** Says what the list `NAME` holds, served below `/listings/NAME/`. Rejects like `setScenario`. */
  readonly setListing: (name: string, listing: Listing) => Promise<void>
  /** What that list was asked for, in order. */
  readonly listingRequests: (name: string) => Promise<ListingRequest[]>
  /** The truth of one run so far; with `waitMs`, once it is over or so many milliseconds have passed. */
  readonly run: (id: string, options?: { readonly waitMs?: number }) => Promise<RunTruth>
  /** The newest runs, newest first: 100 unless told otherwise. */
  readonly runs: (model?: string, options?: { readonly limit?: number }) => Promise<RunTruth[]>
  /** The same without what each write carried, for many runs. */
  readonly compactRuns: (model?: string, options?: { readonly limit?: number }) => Promise<CompactRunTruth[]>
  /** Forgets all runs. */
  readonly clear: () => Promise<void>
}

/** A client of the simulator at that address. Every call rejects with the simulator's sentence when it is refused. */
export function createControl(address: string): Control {
  const call = async (method: string, path: string, document?: unknown): Promise<unknown> => {
    const body = document === undefined ? {} : { body: JSON.stringify(document) }
    const response = await fetch(`${address}/control/${path}`, { method, ...body })
    const text = await response.text()
    if (!response.ok)
      throw new Error(`${method} /control/${path} was refused with ${response.status}: ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
  const list = async (
    model: string | undefined,
    limit: number | undefined,
    format: string,
  ): Promise<unknown[]> => {
    const query = new URLSearchParams({ format })
    if (model !== undefined) query.set('model', model)
    if (limit !== undefined) query.set('limit', String(limit))
    return ((await call('GET', `runs?${query.toString()}`)) as { runs: unknown[] }).runs
  }
  return {
    setScenario: async (model, scenario) => {
      await call('PUT', `scenarios/${encodeURIComponent(model)}`, scenario)
    },
    removeScenario: async (model) => {
      await call('DELETE', `scenarios/${encodeURIComponent(model)}`)
    },
    setListing: async (name, listing) => {
      await call('PUT', `listings/${encodeURIComponent(name)}`, listing)
    },
    listingRequests: async (name) =>
      ((await call('GET', `listings/${encodeURIComponent(name)}`)) as { requests: ListingRequest[] })
        .requests,
    run: async (id, { waitMs = 0 } = {}) =>
      (await call('GET', `runs/${encodeURIComponent(id)}?wait_ms=${waitMs}`)) as RunTruth,
    runs: async (model, { limit } = {}) => (await list(model, limit, 'full')) as RunTruth[],
    compactRuns: async (model, { limit } = {}) => (await list(model, limit, 'compact')) as CompactRunTruth[],
    clear: async () => {
      await call('DELETE', 'runs')
    },
  }
}
