import { ORIGIN, type Person } from "./person"

/** Gives the app's origin a real, small storage; without bytes, the browser's own again. */
export async function setQuota(person: Person, bytes?: number): Promise<void> {
  const session = await person.context.newCDPSession(person.page)
  await session.send("Storage.overrideQuotaForOrigin", { origin: ORIGIN, ...(bytes === undefined ? {} : { quotaSize: bytes }) })
  // The override lasts as long as the session: it stays attached.
}
