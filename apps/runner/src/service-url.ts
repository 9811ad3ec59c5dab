/** URLs of a configuration. */
import { mayBePlainHttp } from '@llmbench/providers'
import type { PlainHttp } from '@llmbench/providers'
import { z } from 'zod'

/** A URL that a secret may be sent to: https, or plain http to this machine or, where that is said, a private network. */
export function serviceUrl(what: string, plainHttp: PlainHttp = 'loopback') {
  return z.string().superRefine((value, context) => {
    const fault = (message: string): void => context.addIssue({ code: 'custom', message })
    if (!URL.canParse(value)) return fault(`should be ${what}`)
    const { protocol, hostname: host, username, password } = new URL(value)
    if (protocol !== 'https:' && protocol !== 'http:') return fault(`should be ${what}`)
    if (protocol === 'http:' && !mayBePlainHttp(host, plainHttp)) {
      const where = plainHttp === 'private' ? 'loopback and private addresses' : 'a loopback address'
      return fault(`should begin with https://: plain http is accepted for ${where} only`)
    }
    if (username !== '' || password !== '') return fault('should hold no user name or password')
    return undefined
  })
}
