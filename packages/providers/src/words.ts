/** Words for people out of what a stranger sent: no markup, no control characters, never longer than asked. Pure. */

const LONGEST_INPUT = 64 * 1024
const LONGEST_WORDS = 2000
// oxlint-disable-next-line no-control-regex -- control characters are what is struck out
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd]/g

/** The text of a page or body in one line. Markup, scripts, styles and whatever is no text are left out. */
export function plainWords(body: string, longest = LONGEST_WORDS): string {
  const text = withoutBlocks(withoutBlocks(body.slice(0, LONGEST_INPUT), 'script'), 'style')
    .replace(/<[^<>]*>/g, ' ')
    .replace(UNPRINTABLE, '')
    .replace(/\s+/g, ' ')
    .trim()
  return text.slice(0, longest).toWellFormed()
}

const PAGE_TAG = '<(?:!doctype\\s+html|html|head|body|center|h1|title)\\b'
const PAGE = new RegExp(`^(?:\\s|\\ufeff|<\\?xml[^>]{0,200}>|<!--(?:(?!-->).){0,500}-->)*${PAGE_TAG}`, 'is')
const PAGE_INSIDE = /<(?:!doctype\s+html|html|head|body)\b/i
const LONGEST_HEAD = 2000

/** Whether the text is a page of HTML. */
export function isPage(text: string): boolean {
  return PAGE.test(text.slice(0, LONGEST_HEAD))
}

/** Whether the text is a page of HTML, or has one behind something else, such as the mark of an event. */
export function holdsPage(text: string): boolean {
  return isPage(text) || PAGE_INSIDE.test(text.slice(0, LONGEST_INPUT))
}

/** By position instead of an expression: a text of many opening tags would make one slow. */
function withoutBlocks(text: string, tag: string): string {
  const lower = text.toLowerCase()
  let rest = ''
  let from = 0
  while (true) {
    const start = lower.indexOf(`<${tag}`, from)
    const end = start < 0 ? -1 : lower.indexOf(`</${tag}`, start)
    if (end < 0) return rest + text.slice(from)
    rest += text.slice(from, start)
    from = end
  }
}
