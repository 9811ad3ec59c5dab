/** Vendors' lists on a simulator: where each vendor looks, and in which form it is answered. */
import { createControl, startSimulator } from '@llmbench/simulator'
import type { Control, Listing } from '@llmbench/simulator'
import { onTestFinished } from 'vitest'
import type { Environment } from '../../src/provider.ts'
import { providerSlugs } from '../../src/registry.ts'
import { KEY } from './requests.ts'

type Form = Listing['form']

const FORMS: Readonly<Record<string, Form>> = {
  anthropic: 'anthropic',
  bedrock: 'bedrock',
  databricks: 'databricks',
  gemini: 'gemini',
  ollama: 'ollama',
  together: 'array',
  vertex: 'vertex',
}

/** The vendors that keep a list. */
export const LISTING_SLUGS = providerSlugs().filter((slug) => slug !== 'lambda')

export function formOf(slug: string): Form {
  return FORMS[slug] ?? 'openai'
}

/** An environment in which that vendor is the list of its name on the simulator. */
export function listingEnvironment(slug: string, address: string): Environment {
  const base = `${address}/listings/${slug}`
  const prefix = slug.toUpperCase().replaceAll('-', '_')
  switch (slug) {
    case 'bedrock':
      return { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_BEDROCK: base, AWS_SECRET_ACCESS_KEY: KEY }
    case 'vertex':
      return {
        VERTEX_BASE_URL: base,
        VERTEX_ACCESS_TOKEN: KEY,
        GOOGLE_CLOUD_PROJECT: 'project',
        GOOGLE_CLOUD_LOCATION: 'global',
      }
    case 'databricks':
      return { DATABRICKS_BASE_URL: `${base}/serving-endpoints`, DATABRICKS_TOKEN: KEY }
    case 'azure':
      return { AZURE_BASE_URL: `${base}/openai/v1`, AZURE_OPENAI_API_KEY: KEY }
    case 'huggingface':
      return { HUGGINGFACE_BASE_URL: `${base}/v1`, HF_TOKEN: KEY }
    default:
      return { [`${prefix}_BASE_URL`]: `${base}/v1`, [`${prefix}_API_KEY`]: KEY }
  }
}

/** A simulator for one test. */
export async function simulateListings(): Promise<{ address: string; control: Control }> {
  const { address, close } = await startSimulator()
  onTestFinished(close)
  return { address, control: createControl(address) }
}
