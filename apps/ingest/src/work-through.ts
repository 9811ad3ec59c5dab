import type { Backlog } from './backlog.ts'

export type WorkOptions<Item> = {
  readonly backlog: Backlog<Item>
  readonly groupSize: number
  readonly work: (items: readonly Item[]) => Promise<void>
  /** Called after a failure; rejects where it is not for the items that the work failed. */
  readonly checkAlive: () => Promise<void>
  readonly onFailure: (item: Item, error: unknown) => void
}

/**
 * Does what was taken out of a backlog, in groups. Where a group fails, the item that is to blame is looked for by
 * halves. Rejects as `checkAlive` does, with all that is not done back in the backlog.
 */
export async function workThrough<Item>(
  items: readonly Item[],
  { backlog, groupSize, work, checkAlive, onFailure }: WorkOptions<Item>,
): Promise<void> {
  const settle = async (group: readonly Item[]): Promise<void> => {
    try {
      await work(group)
      backlog.succeeded(group)
    } catch (error) {
      await checkAlive()
      const [item] = group
      if (group.length > 1) {
        const middle = Math.ceil(group.length / 2)
        await settle(group.slice(0, middle))
        await settle(group.slice(middle))
      } else if (item !== undefined) {
        backlog.failed(item)
        onFailure(item, error)
      }
    }
  }
  // One that has failed would only make its neighbours be done again and again.
  const alone = items.filter(backlog.hasFailed)
  const groups = [
    ...groupsOf(
      items.filter((item) => !backlog.hasFailed(item)),
      groupSize,
    ),
    ...groupsOf(alone, 1),
  ]
  for (const [index, group] of groups.entries()) {
    try {
      await settle(group)
    } catch (error) {
      backlog.add(groups.slice(index).flat())
      throw error
    }
    // A store in this process works on its thread: others have their turn in between.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const groupsOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
