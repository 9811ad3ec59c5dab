/** Commands and their answers out of fenced `console` blocks of a Markdown text, in order. */
export type Exchange = { readonly command: string; readonly answer: string }

/** A line that begins with `$ ` is a command, `> ` goes on with it, everything else is its answer. */
export function readConsole(markdown: string): Exchange[] {
  const exchanges: { command: string; answer: string }[] = []
  for (const [, block = ''] of markdown.matchAll(/^```console\n(.*?)^```$/gms)) {
    for (const line of block.trimEnd().split('\n')) {
      const last = exchanges.at(-1)
      if (line.startsWith('$ ')) exchanges.push({ command: line.slice(2), answer: '' })
      else if (last === undefined) throw new Error(`An answer without a command: ${line}`)
      else if (line.startsWith('> ') && last.answer === '') last.command += `\n${line.slice(2)}`
      else last.answer += `${line}\n`
    }
  }
  return exchanges
}

/** The same text for the same answer at another time: times, keys, ids and numbers stand as one letter each. */
export function withoutChance(answer: string): string {
  return answer
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/llmb_[\w…-]+/g, 'KEY')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{12,64}\b/g, 'ID')
    .replaceAll(/\d+(?:\.\d+)?(?:e-?\d+)?/g, 'N')
    .replaceAll(/ +$/gm, '')
}
