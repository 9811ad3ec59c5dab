/** Derives documents again from saved tapes, and compares them with what was recorded then. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { analyse } from '@llmbench/providers'
import { readTape } from '@llmbench/providers/tape-file'
import type { RunDocument } from '@llmbench/providers'
import { describeError, ExitFault } from '../faults.ts'

/** The tape files that the paths name: files as they are, of folders every `*.tape.json`, in order of their names. */
export async function findTapes(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const facts = await stat(path).catch((error: unknown) => {
      throw new ExitFault(2, `${path} cannot be read: ${describeError(error)}`)
    })
    if (!facts.isDirectory()) found.push(path)
    else {
      const names = (await readdir(path)).filter((name) => name.endsWith('.tape.json')).sort()
      found.push(...names.map((name) => join(path, name)))
    }
  }
  return found
}

/** The document that a tape's bytes and stamps come to today. Throws ExitFault 1 for a file that is no tape. */
export async function replayTape(path: string): Promise<RunDocument> {
  try {
    return analyse(await readTape(path))
  } catch (error) {
    throw new ExitFault(1, describeError(error))
  }
}

type Recorded = Readonly<Record<string, unknown>>

/** Recorded documents by their ids, out of one JSON document a line. Throws ExitFault 2 for any other file. */
export async function readRecorded(path: string): Promise<ReadonlyMap<string, Recorded>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ExitFault(2, `--check ${path} cannot be read: ${describeError(error)}`)
  })
  const documents = new Map<string, Recorded>()
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const document = parseDocument(line)
    if (document === null)
      throw new ExitFault(2, `--check ${path}:${at + 1} is no JSON document with a result_id`)
    documents.set(String(document['result_id']), document)
  }
  return documents
}

function parseDocument(line: string): Recorded | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'result_id' in value ? value : null
  } catch {
    return null
  }
}

/** Each field in which the two differ, as `field: recorded → replayed`; `kind` belongs to the wire. */
export function differences(recorded: Recorded, replayed: RunDocument): string[] {
  // Through JSON, as the recorded one went: what is undefined is absent.
  const today = JSON.parse(JSON.stringify(replayed)) as Recorded
  const fields = new Set([...Object.keys(recorded), ...Object.keys(today)])
  fields.delete('kind')
  return [...fields]
    .filter((field) => !isDeepStrictEqual(recorded[field], today[field]))
    .map((field) => `${field}: ${JSON.stringify(recorded[field])} → ${JSON.stringify(today[field])}`)
}
