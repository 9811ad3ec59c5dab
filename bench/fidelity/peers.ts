/** The ways of reading a stream that are compared: the machine's own delay first, then ours, then others'. */
import type { Reader, Target } from './reader.ts'

type Load = () => Promise<{ readonly createReader: (target: Target) => Reader | Promise<Reader> }>

/** Loaded one by one, so that no client's memory holds another's code. */
export const PEERS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['socket', () => import('./readers/socket.ts')],
  ['llmbench', () => import('./readers/llmbench.ts')],
  ['fetch', () => import('./readers/fetch.ts')],
  ['openai-sdk', () => import('./readers/openai-sdk.ts')],
  ['anthropic-sdk', () => import('./readers/anthropic-sdk.ts')],
  ['ai-sdk', () => import('./readers/ai-sdk.ts')],
])
