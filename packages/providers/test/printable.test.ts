import { expect, test } from 'vitest'
import { printable } from '../src/printable.ts'

test.each([
  ['an escape sequence', 'a\u001b[31mb', 'a [31mb'],
  ['a C1 control', 'a\u009b2Jb', 'a 2Jb'],
  ['a title with a bell', '\u001b]0;x\u0007y', ' ]0;x y'],
  ['a change of direction', 'a\u202eb\u2066c', 'a b c'],
  ['invisible characters', 'a\u200b\u2060\ufeffb', 'a   b'],
  ['line ends and tabs', 'a\r\n\tb\u2028c', 'a   b c'],
  ['half a surrogate pair', 'a\ud800b', 'a b'],
  ['text of other scripts', 'größe 你好 👍 שלום', 'größe 你好 👍 שלום'],
])('%s', (_title, text, shown) => {
  expect(printable(text)).toBe(shown)
})
