/** Server-sent events, written by hand: https://html.spec.whatwg.org/multipage/server-sent-events.html */
import type { ScenarioSettings } from '../scenario.ts'

export type SseEncoder = {
  /** An event with its data, JSON unless it is text already. */
  readonly event: (data: unknown, name?: string) => Buffer
  readonly comment: (text: string) => Buffer
  /** A line with a field name of its own, which no reader of the standard knows. */
  readonly field: (name: string, data: unknown) => Buffer
}

/** An encoder with the scenario's line ending. */
export function createSseEncoder({ line_ending: ending }: ScenarioSettings): SseEncoder {
  const eol = ending === 'crlf' ? '\r\n' : '\n'
  const lines = (...parts: readonly string[]): Buffer => Buffer.from([...parts, '', ''].join(eol))
  return {
    event: (data, name) => {
      const line = `data: ${typeof data === 'string' ? data : JSON.stringify(data)}`
      return name === undefined ? lines(line) : lines(`event: ${name}`, line)
    },
    comment: (text) => lines(`: ${text}`),
    field: (name, data) => lines(`${name}: ${JSON.stringify(data)}`),
  }
}
