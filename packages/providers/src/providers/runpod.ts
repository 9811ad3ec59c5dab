import { chatVendor } from '../vendor/chat-vendor.ts'

/** Each customer has an endpoint of its own: RUNPOD_BASE_URL=https://api.runpod.ai/v2/ENDPOINT_ID/openai/v1. Not verified. */
export const runpod = chatVendor({ slug: 'runpod', displayName: 'RunPod' })
