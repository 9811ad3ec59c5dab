/** A vendor that is reached by plain HTTPS with headers: all but AWS. */
import type { PlainHttp } from '../addresses.ts'
import { readAsked } from '../asked.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { findDialect } from '../provider.ts'
import type { Access, Provider, WireRequest } from '../provider.ts'
import type { Plan } from '../plan.ts'
import { headersOf } from '../request-fields.ts'
import { bearerAccess, readBaseUrl, readSecret, readVariable } from './access.ts'

export type HttpVendor = {
  readonly slug: string
  readonly displayName: string
  readonly dialects: readonly Dialect[]
  readonly baseUrlVariable?: string
  readonly listsModels?: boolean
  readonly access: Provider['access']
  /** Path below the base URL, where it is not the dialect's own. */
  readonly path?: (plan: Plan, dialect: Dialect) => string
  readonly body?: (plan: Plan, dialect: Dialect) => Record<string, unknown>
}

/** The provider of a vendor's data. */
export function httpVendor({ path, body, ...vendor }: HttpVendor): Provider {
  const request = (plan: Plan, access: Access): WireRequest => {
    const dialect = findDialect(vendor, plan.requestMode)
    if (dialect === undefined) throw new Error(`${vendor.slug} does not offer ${plan.requestMode}`)
    const content = body?.(plan, dialect) ?? dialect.body(plan)
    return {
      method: 'POST',
      url: access.baseUrl + (path?.(plan, dialect) ?? dialect.path(plan)),
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...headersOf(plan.metadata),
        ...access.headers,
      },
      body: JSON.stringify(content),
      asked: readAsked(plan, content),
    }
  }
  return { ...vendor, request }
}

/** Access by a base URL and a bearer key, each from its variables; the key may be optional (self-hosted servers). */
export function bearerVendorAccess(options: {
  readonly baseUrlVariables: readonly string[]
  readonly baseUrl?: string
  readonly keyVariables: readonly string[]
  readonly keyOptional?: boolean
  readonly plainHttp?: PlainHttp
}): Provider['access'] {
  return (environment) => {
    const { baseUrlVariables, baseUrl: fallback, plainHttp } = options
    const baseUrl = readBaseUrl(environment, baseUrlVariables, fallback, plainHttp)
    const optional =
      options.keyOptional === true && readVariable(environment, options.keyVariables) === undefined
    return bearerAccess(baseUrl, optional ? undefined : readSecret(environment, options.keyVariables))
  }
}
