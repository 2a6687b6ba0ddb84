/** An answer may come over the network while it is being filmed: what is taken in is taken in one after the other, and so once. */
let taking: Promise<unknown> = Promise.resolve()

export function inOrder<T>(take: () => Promise<T>): Promise<T> {
  const next = taking.then(take)
  taking = next.catch(() => undefined)
  return next
}
