import { expect, test } from 'vitest'
import { createGroupCommit, type GroupCommit } from '../src/group-commit.ts'

const STORE_FAULT = 'the store is away'

/** Writes numbers and keeps what was written together; 13 cannot be written, and 0 finds no store. */
function open(maxRows = 100, maxWaiting = 1000): { commit: GroupCommit<number, string>; groups: number[][] } {
  const groups: number[][] = []
  const writeAll = async (rows: readonly number[]): Promise<string[]> => {
    groups.push([...rows])
    await new Promise((resolve) => setImmediate(resolve))
    if (rows.includes(0)) throw new Error(STORE_FAULT)
    if (rows.includes(13)) throw new Error('a bad row')
    return rows.map((row) => `wrote ${row}`)
  }
  const isStoreFault = (error: unknown): boolean => error instanceof Error && error.message === STORE_FAULT
  return {
    commit: createGroupCommit({
      writeAll,
      maxRows,
      maxWaiting,
      onFull: () => new Error('full'),
      isStoreFault,
    }),
    groups,
  }
}

test('rows that arrive in one turn are written together, each with its own outcome', async () => {
  const { commit, groups } = open()
  expect(await Promise.all([1, 2, 3].map((row) => commit.write(row)))).toEqual([
    'wrote 1',
    'wrote 2',
    'wrote 3',
  ])
  expect(groups).toEqual([[1, 2, 3]])
  expect(commit.depth()).toBe(0)
})

test('a lone row waits for no other', async () => {
  const { commit, groups } = open()
  const written = commit.write(1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(groups).toEqual([[1]])
  expect(commit.depth()).toBe(1)
  expect(await written).toBe('wrote 1')
})

test('rows that arrive while the store is busy go together, no more at once than allowed', async () => {
  const { commit, groups } = open(2)
  const first = commit.write(1)
  await new Promise((resolve) => setImmediate(resolve))
  await Promise.all([first, ...[2, 3, 4].map((row) => commit.write(row))])
  expect(groups).toEqual([[1], [2, 3], [4]])
})

test('a bad row among many is found by halves', async () => {
  const { commit, groups } = open()
  const settled = await Promise.allSettled(Array.from({ length: 64 }, (_, index) => commit.write(index + 1)))
  expect(settled.flatMap(({ status }, index) => (status === 'rejected' ? [index + 1] : []))).toEqual([13])
  expect(groups.length).toBeLessThan(16)
})

test('one bad row harms none of its neighbours', async () => {
  const { commit } = open()
  const settled = await Promise.allSettled([1, 13, 2].map((row) => commit.write(row)))
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('a store that is away is not asked again row by row', async () => {
  const { commit, groups } = open()
  const settled = await Promise.allSettled([1, 0, 2].map((row) => commit.write(row)))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(groups).toHaveLength(1)
})

test('a row whose sender has left while it waited is not written; one that is with the store is', async () => {
  const { commit, groups } = open()
  const [first, second] = [new AbortController(), new AbortController()]
  const gone = new Error('gone')
  const written = commit.write(1, first.signal)
  await new Promise((resolve) => setImmediate(resolve))
  const dropped = commit.write(2, second.signal)
  const other = commit.write(3)
  first.abort(gone)
  second.abort(gone)
  expect(commit.depth()).toBe(2)
  await expect(dropped).rejects.toBe(gone)
  expect(await Promise.all([written, other])).toEqual(['wrote 1', 'wrote 3'])
  expect(groups).toEqual([[1], [3]])
})

test('where all who waited have left nothing is written, and the next row is', async () => {
  const { commit, groups } = open()
  const left = new AbortController()
  const dropped = Promise.allSettled([1, 2].map((row) => commit.write(row, left.signal)))
  left.abort(new Error('gone'))
  await dropped
  expect(commit.depth()).toBe(0)
  expect(await commit.write(3)).toBe('wrote 3')
  expect(groups).toEqual([[3]])
})

test('beyond what may wait a row is refused at once, and there is room again when a group has gone', async () => {
  const { commit, groups } = open(2, 3)
  const settled = await Promise.allSettled([1, 2, 3, 4, 5].map((row) => commit.write(row)))
  expect(settled.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ])
  expect(settled[4]).toMatchObject({ reason: new Error('full') })
  expect(await commit.write(6)).toBe('wrote 6')
  expect(groups).toEqual([[1, 2], [3], [6]])
})
