import { expect, test } from 'vitest'
import { createKeyRing } from '../../src/keys/key-ring.ts'
import type { ApiKey } from '../../src/store/store.ts'

const DIGEST = 'ab'.repeat(32)
const keyOf = (revokedAt: Date | null): ApiKey => ({
  id: 'k',
  digest: DIGEST,
  runner: 'r',
  scopes: ['results:write'],
  createdAt: new Date(),
  expiresAt: null,
  revokedAt,
})

test('a reading that began long before a call is not its answer, however slow the store is', async () => {
  let revokedAt: Date | null = null
  const readings: (() => void)[] = []
  const listKeys = async (): Promise<ApiKey[]> => {
    const keys = [keyOf(revokedAt)]
    await new Promise<void>((resolve) => readings.push(resolve))
    return keys
  }
  const ring = createKeyRing({ listKeys }, 10)
  const early = ring.find(DIGEST)
  await new Promise((resolve) => setTimeout(resolve, 30))
  revokedAt = new Date()
  const late = ring.find(DIGEST)
  readings.shift()?.()
  expect((await early)?.revokedAt).toBeNull()
  expect(readings).toHaveLength(1)
  readings.shift()?.()
  expect((await late)?.revokedAt).toBe(revokedAt)
})
