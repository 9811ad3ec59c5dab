import { chatVendor } from '../vendor/chat-vendor.ts'

/** Retired: the inference API ended on 2025-09-25. Kept so that old rows stay resolvable; runs fail as they must. */
export const lambda = chatVendor({
  slug: 'lambda',
  displayName: 'Lambda (retired)',
  baseUrl: 'https://api.lambda.ai/v1',
})
