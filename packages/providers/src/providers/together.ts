import { chatVendor } from '../vendor/chat-vendor.ts'

export const together = chatVendor({
  slug: 'together',
  displayName: 'Together AI',
  baseUrl: 'https://api.together.xyz/v1',
})
