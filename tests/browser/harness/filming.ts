/** Codes that move on one screen, for another one's camera. */
import type { Person } from "./person"

/** Every code that a phone shows in turn, photographed while it stood still. */
export async function filmed(person: Person, code: string, frame: string): Promise<Buffer[]> {
  const shown = async () => Number(await person.find(frame).getAttribute("data-frame"))
  // One that stands still comes first; how many there are is known once it moves.
  let of = 1
  await person.until(async () => (of = Number(await person.find(frame).getAttribute("data-of"))) > 1, "the moving code")
  const pictures = new Map<number, Buffer>()
  await person.until(async () => {
    const before = await shown()
    const picture = await person.find(code).screenshot()
    if ((await shown()) === before) pictures.set(before, picture)
    return pictures.size >= of
  }, "every code in turn", 240)
  return [...pictures.values()]
}
