/** Which providers are measured: those asked for by name must be usable, of "all" only those that are. */
import { ConfigurationError, findDialect, mayBePlainHttp } from '@llmbench/providers'
import type { Access, Environment, Provider, Registry } from '@llmbench/providers'
import type { Logger } from 'pino'
import type { Target } from './attempt.ts'
import { environmentAt } from './base-url.ts'
import type { Options } from './cli.ts'
import { ExitFault } from './faults.ts'
import type { Secrets } from './secrets.ts'

/** The targets of a command line. Throws ConfigurationError or ExitFault 2 where one that was named cannot be used. */
export async function resolveTargets(
  options: Pick<Options, 'providers' | 'exclude' | 'requestMode' | 'profile'>,
  environment: Environment,
  {
    secrets,
    logger,
    allowedBaseUrls,
    registry,
  }: {
    readonly secrets: Secrets
    readonly logger: Logger
    readonly allowedBaseUrls: readonly string[]
    readonly registry: Registry
  },
): Promise<Target[]> {
  const named = options.providers !== 'all'
  const slugs = (named ? options.providers : registry.slugs()).filter(
    (slug) => !options.exclude.includes(slug),
  )
  const targets: Target[] = []
  for (const provider of slugs.flatMap((slug) => registry.find(slug) ?? [])) {
    try {
      checkMode(provider, options.requestMode)
      const access = await provider.access(withPlace(environment, provider, allowedBaseUrls))
      secrets.add(access.secrets)
      warnOfBareKey(access, provider, logger)
      targets.push({ provider, mode: options.requestMode, profile: options.profile })
    } catch (error) {
      if (named || !isSettingFault(error)) throw error
      logger.warn({ provider: provider.slug, reason: error.message }, 'Provider skipped')
    }
  }
  if (targets.length > 0) return targets
  throw new ExitFault(
    2,
    named ? '--exclude leaves no provider' : 'No provider has its key in the environment',
  )
}

/** A self-hosted server that stands nowhere by itself can be used where the catalogue may say where it stands. */
export function withPlace(
  environment: Environment,
  provider: Provider,
  [url]: readonly string[],
): Environment {
  const stands = provider.baseUrlVariable === undefined || environment[provider.baseUrlVariable]
  return stands ? environment : environmentAt(environment, provider, { url: url ?? null })
}

/** The operator's own network and choice, but not one to be made without knowing. */
function warnOfBareKey({ baseUrl, secrets }: Access, { slug }: Provider, logger: Logger): void {
  const { protocol, hostname } = new URL(baseUrl)
  if (protocol !== 'http:' || secrets.length === 0 || mayBePlainHttp(hostname, 'loopback')) return
  logger.warn(
    { provider: slug, host: hostname },
    'The API key is sent unencrypted: the base URL is plain http',
  )
}

function checkMode(provider: Provider, mode: Options['requestMode']): void {
  if (mode === null || findDialect(provider, mode) !== undefined) return
  const offered = provider.dialects.map((dialect) => dialect.mode).join(', ')
  throw new ExitFault(2, `--request-mode ${mode} is not offered by ${provider.slug}; accepted: ${offered}`)
}

function isSettingFault(error: unknown): error is Error {
  return error instanceof ConfigurationError || error instanceof ExitFault
}
