import { chatVendor } from '../vendor/chat-vendor.ts'

/** Not verified against a recording: cumulative usage on every chunk, whose completion excludes the reasoning. */
export const xai = chatVendor({
  slug: 'xai',
  displayName: 'xAI',
  baseUrl: 'https://api.x.ai/v1',
})
