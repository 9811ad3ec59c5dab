import { chatVendor } from '../vendor/chat-vendor.ts'

/** Not verified against a recording: that usage comes unasked, and content as a list of parts for reasoning models. */
export const mistral = chatVendor({
  slug: 'mistral',
  displayName: 'Mistral AI',
  baseUrl: 'https://api.mistral.ai/v1',
  chat: { streamOptions: false },
})
