/** Data of a stream that is no message: what keeps a connection alive, and what says that nothing follows. Pure. */

const ALIVE_NAMES = /^(?:ping|pong|keep[-_]?alive|heart[-_]?beat)$/i
/** The letters of such data, whatever stands around and between them. */
const ALIVE = new Set(['', 'ping', 'pong', 'keepalive', 'heartbeat', 'processing', 'openrouterprocessing'])
const ALIVE_MESSAGE =
  /^\{\s{0,2}"type"\s{0,2}:\s{0,2}"(?:response\.)?(?:ping|keep[-_]?alive|heart[-_]?beat)"/i
const MOMENT = /\d[\d\s.:tz+-]{7,}/gi
const LONGEST = 100

/** Whether an event of that name and data only keeps the connection alive. */
export function isKeepAlive(name: string | null, text: string): boolean {
  if (name !== null && ALIVE_NAMES.test(name)) return true
  // A comment that was marked as data.
  if (text === '' || text.startsWith(':')) return true
  if (text.length > LONGEST) return false
  if (text.includes('{')) return ALIVE_MESSAGE.test(text)
  const letters = text.replace(MOMENT, '').replace(/[^\p{L}\d]+/gu, '')
  return ALIVE.has(letters.toLowerCase())
}

const END_NAMES = /^(?:done|end|eos|close|complete|finish)$/i
const END = /^["'<[]*(?:done|end|eos|eof)["'>\]]*$/i

/** Whether it says that the stream is over: `[DONE]` in any dress, or an event of such a name that holds no object. */
export function isEndMark(name: string | null, text: string): boolean {
  return END.test(text) || (name !== null && END_NAMES.test(name) && !text.startsWith('{'))
}
