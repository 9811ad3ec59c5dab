import { chatVendor } from '../vendor/chat-vendor.ts'

/** The public endpoints closed in 2024; what is left is a service of one's own at ANYSCALE_BASE_URL. Not verified. */
export const anyscale = chatVendor({ slug: 'anyscale', displayName: 'Anyscale' })
