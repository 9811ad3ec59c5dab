import { expect, test } from 'vitest'
import { createBacklog, type Backlog } from '../src/backlog.ts'
import { workThrough } from '../src/work-through.ts'

/** A backlog on a clock that a test sets. */
function open(): { backlog: Backlog<string>; clock: { ms: number } } {
  const clock = { ms: 0 }
  return {
    backlog: createBacklog<string>(
      (item) => item,
      () => clock.ms,
    ),
    clock,
  }
}

test('each item is in it once, what somebody waits for apart from what has time', () => {
  const { backlog } = open()
  backlog.add(['a', 'b', 'a'])
  backlog.addIdle(['b', 'c', 'd'])
  expect(backlog.waiting()).toBe(2)
  expect(backlog.take()).toEqual(['a', 'b'])
  expect(backlog.takeIdle(1)).toEqual(['c'])
  expect(backlog.dueInMs()).toBe(0)
  expect(backlog.takeIdle(9)).toEqual(['d'])
  expect(backlog.dueInMs()).toBeNull()
})

test('what fails waits twice as long each time, five minutes at most, also when it is added again', () => {
  const { backlog, clock } = open()
  const rests = Array.from({ length: 9 }, () => {
    backlog.add(['bad'])
    expect(backlog.take()).toEqual(['bad'])
    backlog.failed('bad')
    backlog.add(['bad'])
    expect(backlog.take()).toEqual([])
    const rest = backlog.dueInMs() ?? 0
    clock.ms += rest
    return rest / 1000
  })
  expect(rests).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300])
  expect(backlog.failing()).toBe(1)
  backlog.succeeded(backlog.take())
  expect([backlog.failing(), backlog.waiting()]).toEqual([0, 0])
})

test('an item that fails is found by halves, done alone from then on, and holds no other up', async () => {
  const { backlog, clock } = open()
  const done: string[][] = []
  const failed: string[] = []
  const work = {
    backlog,
    groupSize: 4,
    work: async (items: readonly string[]) => {
      if (items.includes('bad')) throw new Error('bad')
      done.push([...items])
    },
    checkAlive: async () => undefined,
    onFailure: (item: string) => void failed.push(item),
  }
  backlog.add(['a', 'b', 'bad', 'c', 'd'])
  await workThrough(backlog.take(), work)
  expect(done).toEqual([['a', 'b'], ['c'], ['d']])
  clock.ms += 5000
  backlog.add(['e', 'f'])
  await workThrough(backlog.take(), work)
  expect(done.slice(3)).toEqual([['e', 'f']])
  expect(failed).toEqual(['bad', 'bad'])
})

test('where nothing works at all, nothing is blamed and all of it stays', async () => {
  const { backlog } = open()
  const away = new Error('away')
  const work = {
    backlog,
    groupSize: 2,
    work: () => Promise.reject(away),
    checkAlive: () => Promise.reject(away),
    onFailure: () => undefined,
  }
  backlog.add(['a', 'b', 'c'])
  await expect(workThrough(backlog.take(), work)).rejects.toBe(away)
  expect([backlog.waiting(), backlog.failing(), backlog.dueInMs()]).toEqual([3, 0, 0])
})
