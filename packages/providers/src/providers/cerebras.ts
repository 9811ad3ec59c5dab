import { chatVendor } from '../vendor/chat-vendor.ts'

export const cerebras = chatVendor({
  slug: 'cerebras',
  displayName: 'Cerebras',
  baseUrl: 'https://api.cerebras.ai/v1',
  chat: { cap: 'max_completion_tokens' },
})
