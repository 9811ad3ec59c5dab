import type { WriteError } from 'mongodb'
import { DUPLICATE_KEY } from './mongo-database.ts'
import type { Refusal } from './store.ts'

/**
 * Error codes about the document itself: sending it again fails until a person changes the database. Any other code
 * (no primary, no disk space, a time limit) may be temporary.
 */
const OF_THE_DOCUMENT: Readonly<Record<number, string>> = {
  2: 'the document has an invalid value',
  9: 'the document cannot be parsed',
  14: 'the document has a value of a wrong type',
  15: 'the document is nested too deeply',
  52: 'the document has a name that begins with $',
  55: 'the document has an invalid reference',
  57: 'the document has a name with a dot',
  121: "the collection's validator refuses the document",
  171: 'an index cannot hold two arrays of the document',
  10334: 'the document is too large',
  16755: 'a geographic index cannot read the document',
  16756: 'a geographic index cannot read the document',
  17261: 'a text index does not know the language of the document',
  17262: 'a text index does not know the language of the document',
  17280: 'a value of the document is too long for an index',
  17282: 'a value of the document is too long for an index',
}

/** The permanent refusal in a write error, or null where the same document may be accepted later. */
export function refusalOf(collection: string, { code, errmsg }: WriteError): Refusal | null {
  if (code === DUPLICATE_KEY) {
    const index = indexOf(errmsg)
    return index === null
      ? null
      : { refused: `${collection}: the unique index ${index} already has such an entry`, code }
  }
  const why = OF_THE_DOCUMENT[code]
  return why === undefined ? null : { refused: `${collection}: ${why} (code ${code})`, code }
}

const BEFORE_INDEX = ' index: '
const BEFORE_KEY = ' dup key: '

/**
 * The index that refused a duplicate, from `E11000 … collection: db.c index: NAME dup key: { FIELD: … }`. Null for the
 * indexes on `_id` and `result_id`, which mean that the document itself is stored already.
 */
function indexOf(errmsg: string | undefined): string | null {
  const [, afterIndex] = (errmsg ?? '').split(BEFORE_INDEX, 2)
  const [name = '', key = ''] = (afterIndex ?? '').split(BEFORE_KEY, 2)
  const isOfTheId = /^\{ (_id|result_id): [^,]*\}$/.test(key) || name === ''
  return isOfTheId ? null : (name.split(' ', 1)[0] ?? name)
}
