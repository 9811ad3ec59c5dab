/** The proxy of the environment, where RUNNER_PROXY says that it is used. A fault never repeats a value. */
import { ConfigurationError } from '@llmbench/providers'
import type { Environment, ProxySettings } from '@llmbench/providers'
import { splitList } from './cli.ts'

export type ConfiguredProxy = {
  readonly settings: ProxySettings
  /** What must not be in a log: the password, in whichever form. */
  readonly secrets: readonly string[]
}

/** HTTPS_PROXY and NO_PROXY, in lower case as well, which counts first. Throws ConfigurationError. */
export function readProxy(environment: Environment): ConfiguredProxy {
  const [name, text] = proxyVariable(environment) ?? []
  if (name === undefined || text === undefined)
    throw new ConfigurationError('RUNNER_PROXY is "environment", and HTTPS_PROXY is not set')
  const { origin, username, password } = parseProxy(name, text)
  const except = splitList(environment['no_proxy'] || environment['NO_PROXY'] || '')
  if (username === '' && password === '')
    return { settings: { origin, authorization: null, except }, secrets: [] }
  const pair = `${decode(name, username)}:${decode(name, password)}`
  const token = Buffer.from(pair).toString('base64')
  return {
    settings: { origin, authorization: `Basic ${token}`, except },
    secrets: [token, pair, `${username}:${password}`, password, decode(name, password)],
  }
}

/** The variable that holds a proxy, used or not, and its value. */
export function proxyVariable(environment: Environment): readonly [string, string] | null {
  for (const name of ['https_proxy', 'HTTPS_PROXY']) {
    const value = environment[name]?.trim() ?? ''
    if (value !== '') return [name, value]
  }
  return null
}

/** Without a scheme it is http, as curl has it. */
function parseProxy(name: string, text: string): URL {
  const url = text.includes('://') ? text : `http://${text}`
  const fault = new ConfigurationError(
    `${name} should be the URL of an HTTP proxy, such as http://proxy.example:3128`,
  )
  if (!URL.canParse(url)) throw fault
  const parsed = new URL(url)
  const { protocol, pathname, search, hash } = parsed
  if ((protocol !== 'http:' && protocol !== 'https:') || pathname !== '/' || search !== '' || hash !== '')
    throw fault
  return parsed
}

function decode(name: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ConfigurationError(`${name} should have its user name and password percent-encoded`)
  }
}
