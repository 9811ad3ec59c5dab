/**
 * What a vendor is: data and pure functions. The socket, the clock and the deadlines live in `transport/`,
 * so every vendor is measured by the same code.
 */
import type { Asked } from './asked.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Plan } from './plan.ts'
import type { RequestMode } from './result.ts'

/** Names and values of an environment; the core never reads the process's own. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where a vendor is reached and with what: resolved once from the environment, before any clock starts. */
export type Access = {
  readonly baseUrl: string
  /** Every secret value in use, so that whatever leaves the process can be searched for them. */
  readonly secrets: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

/** A complete HTTP request, ready to be written to a connection. */
export type WireRequest = {
  readonly method: 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** What the request really asks for: recorded on the row. */
  readonly asked: Asked
}

/** The command line's short name of an API: `--request-mode chat`. */
export type ModeName = 'chat' | 'completions' | 'responses' | 'messages' | 'generate_content' | 'converse'

export type Provider = {
  readonly slug: string
  readonly displayName: string
  /** The APIs this vendor offers, its default first. */
  readonly dialects: readonly Dialect[]
  /**
   * The variable that says where a self-hosted server stands: there, and only there, a model's metadata may name
   * another place. Absent for vendors with an address of their own.
   */
  readonly baseUrlVariable?: string
  /** Whether a vendor of a vendors file lists its models where its wire format does. Absent for the vendors built in. */
  readonly listsModels?: boolean
  /** Resolves endpoint and credentials. Throws ConfigurationError naming the variable that is missing or wrong. */
  readonly access: (environment: Environment) => Access | Promise<Access>
  /** Builds (and, for AWS, signs) the request. No I/O but what a credential needs. */
  readonly request: (plan: Plan, access: Access) => WireRequest | Promise<WireRequest>
}

/** The dialect a plan asks for, or undefined when the vendor does not offer it. */
export function findDialect(
  provider: Pick<Provider, 'dialects'>,
  mode: ModeName | RequestMode,
): Dialect | undefined {
  return provider.dialects.find((dialect) => dialect.mode === mode || dialect.requestMode === mode)
}
