export { createRegistry } from '../registry.ts'
export type { Listing, ListedModel, ListingFault, ListingReason } from './listing.ts'
export { LISTING_LIMITS, readListing } from './read-listing.ts'
export { listingOf } from './vendors.ts'
