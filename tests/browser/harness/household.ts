/** Households with which several files of scenarios begin. */
import { AOI } from "./aoi"
import type { Camera } from "./camera"
import { invites, takesInSamples, type Invitation } from "./family"
import type { Person, PersonOptions } from "./person"
import type { Stage } from "./stage"

/** The mother of the sample families, on her phone. */
export async function motherOn(stage: Stage, options: PersonOptions = {}): Promise<Person> {
  const mother = await stage.person("mother", options)
  await takesInSamples(mother)
  return mother
}

/** The mother, whose camera it is, and somebody whom she let into あおい's record. */
export async function motherAnd(name: string, invitation: Invitation, stage: Stage, options: PersonOptions = {}): Promise<{ mother: Person; other: Person; camera: Camera }> {
  const camera = await stage.camera()
  const mother = await motherOn(stage, { ...options, camera })
  const other = await stage.person(name)
  await invites(mother, camera, AOI, other, invitation)
  return { mother, other, camera }
}
