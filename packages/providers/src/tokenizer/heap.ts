/** A binary heap of numbers, none of them negative. */
export type Heap = {
  readonly push: (value: number) => void
  /** Takes the smallest out; -1 when none is left. */
  readonly pop: () => number
}

/** An empty heap with room for that many. */
export function createHeap(room: number): Heap {
  const values = new Float64Array(room)
  let size = 0
  return {
    push: (value) => {
      let at = size
      size += 1
      while (at > 0) {
        const parent = (at - 1) >> 1
        const above = values[parent] as number
        if (above <= value) break
        values[at] = above
        at = parent
      }
      values[at] = value
    },
    pop: () => {
      if (size === 0) return -1
      const smallest = values[0] as number
      size -= 1
      sink(values, size, values[size] as number)
      return smallest
    },
  }
}

/** Puts the value where it belongs below the free root of a heap of that size. */
function sink(values: Float64Array, size: number, value: number): void {
  let at = 0
  for (let child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && (values[child + 1] as number) < (values[child] as number)) child += 1
    const below = values[child] as number
    if (below >= value) break
    values[at] = below
    at = child
  }
  values[at] = value
}
