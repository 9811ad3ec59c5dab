export type SseEvent = {
  readonly event: string | undefined
  readonly data: string
  readonly comment: string | undefined
}

/** The events of a body, read by splitting it: enough for what is written here. */
export function sseEvents(body: Buffer): SseEvent[] {
  const blocks = body.toString('utf8').split(/\r?\n\r?\n/)
  if (blocks.pop() !== '') throw new Error('The body does not end with an empty line')
  return blocks.map((block) => {
    const lines = block.split(/\r?\n/)
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    return { event: field('event'), data: field('data') ?? '', comment: field('') }
  })
}

/** The JSON documents of the events, done markers and comments left out. */
export function sseDocuments(body: Buffer): Record<string, unknown>[] {
  return sseEvents(body)
    .filter(({ data }) => data.startsWith('{'))
    .map(({ data }) => JSON.parse(data) as Record<string, unknown>)
}
