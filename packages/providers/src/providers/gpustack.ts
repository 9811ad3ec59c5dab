import { chatVendor } from '../vendor/chat-vendor.ts'

/** Runs where its operator put it: GPUSTACK_BASE_URL=https://host/v1-openai. */
export const gpustack = chatVendor({ slug: 'gpustack', displayName: 'GPUStack', selfHosted: true })
