import { gemini as geminiDialect } from '../dialects/gemini.ts'
import { readBaseUrl, readSecret } from '../vendor/access.ts'
import { httpVendor } from '../vendor/http-vendor.ts'

export const gemini = httpVendor({
  slug: 'gemini',
  displayName: 'Google Gemini (AI Studio)',
  dialects: [geminiDialect],
  access: (environment) => {
    const baseUrl = readBaseUrl(
      environment,
      ['GEMINI_BASE_URL'],
      'https://generativelanguage.googleapis.com/v1beta',
    )
    const key = readSecret(environment, ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'])
    // In a header and never in the URL: URLs are kept.
    return { baseUrl, secrets: [key], headers: { 'x-goog-api-key': key } }
  },
})
