/** Endpoint and credentials of a provider. */
import { within } from '@llmbench/providers'
import type { Access, Environment, Provider } from '@llmbench/providers'

const ACCESS_LIMIT_MS = 30_000

/** Credentials did not come in time. The name tells the core that it is a timeout. */
class AccessTimeout extends Error {
  override readonly name = 'TimeoutError'
  constructor() {
    super(`access deadline of ${ACCESS_LIMIT_MS / 1000} s passed: no credentials came`)
  }
}

/** The access, within a deadline: a metadata server that hangs must hold nothing up. Rejects as `access` does. */
export async function readAccess(provider: Provider, environment: Environment): Promise<Access> {
  const asked = async (): Promise<Access> => await provider.access(environment)
  return await within(ACCESS_LIMIT_MS, asked(), () => new AccessTimeout())
}
