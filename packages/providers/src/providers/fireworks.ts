import { chatVendor } from '../vendor/chat-vendor.ts'

export const fireworks = chatVendor({
  slug: 'fireworks',
  displayName: 'Fireworks AI',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
})
