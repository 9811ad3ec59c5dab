import { afterEach, beforeEach, vi } from 'vitest'

/** Credentials for the tests that follow: the AWS SDK's own chain reads the process's environment. */
export function useAwsCredentials(secretAccessKey: string): void {
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDOFATEST')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
    vi.stubEnv('AWS_SESSION_TOKEN', undefined)
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', undefined)
    vi.stubEnv('AWS_PROFILE', undefined)
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })
}
