/**
 * What the relay keeps under this id: bytes that prove themselves; `null` if nothing, or if it cannot be reached. The relay notes for the
 * family that a card of this generation was asked about.
 */
export async function fetchCardNotice(id: string, generation: number): Promise<Uint8Array | null> {
  try {
    const answer = await fetch(`/v1/cards/${id}?generation=${generation}`, { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer', signal: AbortSignal.timeout(8000) })
    return answer.status === 200 ? new Uint8Array(await answer.arrayBuffer()) : null
  } catch {
    return null
  }
}
