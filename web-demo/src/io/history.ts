/**
 * The payload of a card's address: what stands after `#`. Taken out of the address and the history at once, so that
 * nothing of the child is left in either.
 */
export function takeFragment(): string | null {
  const { hash, pathname } = location
  if (hash.length < 2) return null
  history.replaceState(null, '', pathname)
  return hash.slice(1)
}
