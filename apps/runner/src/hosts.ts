/**
 * One run at a time on each machine that serves models: two self-hosted vendors at one address would share its
 * processors and its network, and each be measured slower than it is. The address decides, not the vendor's name.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { plainHost, reachOf, within } from '@llmbench/providers'
import { aborted } from './signals.ts'

/** Ends the turn. */
export type Release = () => void

export type Hosts = {
  /** Waits for the host's turn; resolves with how to end it. Rejects with the signal's reason where that aborts first. */
  readonly enter: (baseUrl: string, signal: AbortSignal) => Promise<Release>
}

const LOOKUP_MS = 2_000

/** Turns for the hosts of this process. */
export function createHosts(): Hosts {
  const turns = new Map<string, Promise<void>>()
  return {
    enter: async (baseUrl, signal) => {
      const host = await hostOf(baseUrl)
      const before = turns.get(host) ?? Promise.resolve()
      const own = Promise.withResolvers<void>()
      const turn = before.then(() => own.promise)
      turns.set(host, turn)
      void turn.then(() => turns.get(host) === turn && turns.delete(host))
      const release = (): void => own.resolve()
      const waited = new AbortController()
      try {
        await Promise.race([before, aborted(signal, waited.signal)])
        signal.throwIfAborted()
        return release
      } catch (error) {
        release()
        throw error
      } finally {
        waited.abort()
      }
    },
  }
}

/**
 * The machine that a URL names: this one under any of its names, a private address whatever the port or the name. Public
 * hosts count by their name, as one address of a content network serves many vendors.
 */
export async function hostOf(baseUrl: string): Promise<string> {
  if (!URL.canParse(baseUrl)) return baseUrl
  const name = plainHost(new URL(baseUrl).hostname).toLowerCase()
  const address = isIP(name) === 0 ? await resolved(name) : name
  const reach = address === null ? 'public' : reachOf(address)
  if (address === null || reach === 'public') return name
  return reach === 'loopback' ? 'this machine' : address
}

async function resolved(name: string): Promise<string | null> {
  const found = lookup(name, { order: 'ipv4first' }).then(({ address }) => address)
  return await within(LOOKUP_MS, found, () => new Error('The name was not resolved in time')).catch(
    () => null,
  )
}
