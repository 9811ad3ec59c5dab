import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 1000
const FIRST_PAUSE_MS = 2

/** Asks again for a moment while what another writer wrote just now has not reached the majority; then as it is. */
export async function untilSeen<Seen>(
  ask: () => Promise<Seen>,
  isWhole: (seen: Seen) => boolean,
): Promise<Seen> {
  const deadline = performance.now() + PATIENCE_MS
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const seen = await ask()
    if (isWhole(seen) || performance.now() + pauseMs > deadline) return seen
    await sleep(pauseMs)
  }
}
