import { expect, test } from 'vitest'
import { runOnSmallDisk } from '../support/small-disk.ts'

test('on a full disk measuring stops, delivering goes on, and what it frees is given back', () => {
  const facts = runOnSmallDisk(new URL('../support/full-disk-child.ts', import.meta.url), 'size=24m') as {
    added: number
  }
  expect(facts).toMatchObject({
    closedBy: 'disk',
    delivered: facts.added,
    after: { depth: 0, deadLetters: 0, deadLettersDropped: 0, gate: null },
  })
  expect(facts.added).toBeGreaterThan(100)
})

test('without a free inode an open outbox works on, and a start is refused until there are some, with nothing lost', () => {
  expect(
    runOnSmallDisk(new URL('../support/no-inodes-child.ts', import.meta.url), 'size=24m,nr_inodes=40'),
  ).toEqual({
    whileOpen: { depth: 2, deadLetters: 0, deadLettersDropped: 0, gate: null },
    refused: expect.stringMatching(/unable to open database file|disk is full|ENOSPC/),
    files: ['lock.sqlite', 'outbox.sqlite', 'reserve'],
    afterwards: { depth: 2, deadLetters: 0, deadLettersDropped: 0, gate: null },
    movedTo: null,
  })
})
