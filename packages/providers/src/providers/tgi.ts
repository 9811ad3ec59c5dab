import { chatVendor } from '../vendor/chat-vendor.ts'

/** Known from documentation only: ids are empty, usage comes on request. */
export const tgi = chatVendor({
  slug: 'tgi',
  displayName: 'Text Generation Inference',
  baseUrl: 'http://127.0.0.1:8080/v1',
  selfHosted: true,
})
