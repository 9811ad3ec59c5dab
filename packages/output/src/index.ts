export { openDescriptor } from './descriptor.ts'
export { createOutput } from './output.ts'
export type { Output, OutputOptions } from './output.ts'
