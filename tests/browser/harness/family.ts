/** What people do with the app, in their words. The only place that knows how the screens are put together. */
import { testids as t } from "../testids"
import type { Camera } from "./camera"
import type { Person } from "./person"

/** Opens the app and waits until the vault is open and the core answers. */
export async function opensApp(person: Person, path = "/"): Promise<void> {
  await person.opens(path)
  await person.sees(t.frame.ready)
}

/** Opens the app once, and stays until all of it is kept on this device: it works without a network from then on. */
export async function keepsTheApp(person: Person): Promise<void> {
  await opensApp(person)
  const kept = async () => {
    const caches = await Promise.all((await window.caches.keys()).map((name) => window.caches.open(name)))
    const urls = (await Promise.all(caches.map((cache) => cache.keys()))).flat().map((request) => request.url)
    const worker = await navigator.serviceWorker.getRegistration("/")
    return worker?.active?.state === "activated" && urls.some((url) => url.includes("zxing_reader"))
  }
  await person.until(() => person.page.evaluate(kept), "keeping the app", 120)
}

/** Takes in the sample families, as their guardian. */
export async function takesInSamples(person: Person): Promise<void> {
  await opensApp(person, "/#/demo")
  await person.presses(t.demo.load)
  await person.find(t.demo.done).waitFor({ state: "visible", timeout: 120_000 })
  await goesHome(person)
  await expectSynced(person)
}

export async function goesHome(person: Person): Promise<void> {
  await person.page.evaluate(() => { location.hash = "#/" })
  await person.sees("home")
}

export type Language = "ja" | "en"

/** Where the languages stand on the screen. */
export async function choosesLanguage(person: Person, language: Language): Promise<void> {
  await person.presses(t.settings.language, { lang: language })
  await person.until(async () => (await person.page.evaluate(() => document.documentElement.lang)) === language, "the language")
}

/** In the settings, and back to where they were; the app is opened anew there. */
export async function speaks(person: Person, language: Language): Promise<void> {
  const place = new URL(person.page.url()).hash
  await opensApp(person, "/#/settings")
  await choosesLanguage(person, language)
  await opensApp(person, `/${place}`)
}

/** The entry of a child on the home screen. */
export async function onHome(person: Person, name: string) {
  await goesHome(person)
  const child = person.find(t.home.child).filter({ has: person.find(t.home.childName).filter({ hasText: name }) })
  await child.first().waitFor({ state: "visible" })
  return child.first()
}

export async function opensChild(person: Person, name: string): Promise<void> {
  const child = await onHome(person, name)
  await child.locator(`[data-testid="${t.home.open}"]`).first().click()
  await person.sees("child")
  await person.until(async () => (await person.find(t.frame.childName).first().textContent())?.includes(name), `the page of ${name}`)
}

/** 医師に見せる, from the home screen. */
export async function showsToDoctor(person: Person, name: string): Promise<void> {
  const child = await onHome(person, name)
  await child.locator(`[data-testid="${t.home.doctor}"]`).click()
  await person.sees("doctor")
  await person.sees(t.first.screen)
}

/** The parent takes the handed-over phone back: a long press, held until the screen gives way. */
export async function takesPhoneBack(person: Person): Promise<void> {
  await person.presses(t.doctor.leave)
  await person.holds(await person.sees(t.doctor.confirmLeave), () => person.find("doctor").waitFor({ state: "detached" }))
}

/** Opens the card and takes a picture of its code, as another phone's camera sees it close up. */
export async function holdsUpCard(person: Person, name: string): Promise<Buffer> {
  const child = await onHome(person, name)
  await child.locator(`[data-testid="${t.home.card}"]`).click()
  await person.sees("card")
  return await photographOf(person, t.card.qr)
}

/** A close-up of a code on this phone's screen. */
export async function photographOf(person: Person, testid: string): Promise<Buffer> {
  const code = await person.sees(testid)
  await code.scrollIntoViewIfNeeded()
  return await code.screenshot()
}

/** The card's address, as its QR holds it. */
export async function cardUrl(person: Person): Promise<string> {
  const url = await (await attached(person, t.card.url)).getAttribute("data-url")
  if (url === null) throw new Error("the card does not say its address")
  // Cards always say https, as they must outside of this machine. Here the relay speaks plainly to the loopback address.
  return url.replace("https:", new URL(person.origin).protocol)
}

export async function attached(person: Person, testid: string) {
  const element = person.find(testid).first()
  await element.waitFor({ state: "attached" })
  return element
}

/** All that stands on the first screen, in one text. */
export async function readsFirstScreen(person: Person): Promise<string> {
  return await (await person.sees(t.first.screen)).innerText()
}

/** The fact of a kind whose text contains something. */
export function fact(person: Person, kind: string, containing = "") {
  return person.find(t.child.fact, { kind }).filter({ hasText: containing }).first()
}

/** Begins an edit of a fact of the open child and leaves it unsaved. */
export async function beginsEdit(person: Person, kind: string, containing = ""): Promise<void> {
  const found = fact(person, kind, containing)
  await found.waitFor({ state: "visible" })
  await found.locator(`[data-testid="${t.child.edit}"]`).first().click()
  await person.sees("edit")
}

export async function types(person: Person, field: string, text: string): Promise<void> {
  await (await person.sees(t.edit.field, { field })).fill(text)
}

/** Saves; returns only when the app says that it is on the disk. */
export async function saves(person: Person): Promise<void> {
  await person.presses(t.edit.save)
  await person.find("edit").waitFor({ state: "hidden" })
}

export async function edits(person: Person, kind: string, changes: Record<string, string>, containing = ""): Promise<void> {
  await beginsEdit(person, kind, containing)
  for (const [field, text] of Object.entries(changes)) await types(person, field, text)
  await saves(person)
}

export async function queued(person: Person): Promise<number> {
  return Number(await (await attached(person, t.frame.sync)).getAttribute("data-queued"))
}

/** Everything said on this phone is kept by the relay. */
export async function expectSynced(person: Person): Promise<void> {
  await person.until(async () => (await (await attached(person, t.frame.sync)).getAttribute("data-state")) === "synced", "synchronising", 60)
}

export interface Invitation {
  /** A preset's name; "nurse" is the visiting nurse. */
  who: "same-guardian" | "nurse" | "day-service" | "school-nurse" | "co-guardian" | "grandparent"
  name?: string
  organisation?: string
  /** The last day, `YYYY-MM-DD`, if it is not to be the one proposed. */
  until?: string
}

/** The invited phone shows its code, the inviting phone's camera sees it and its owner says who this is. */
export async function invites(inviting: Person, camera: Camera, child: string, invited: Person, invitation: Invitation): Promise<void> {
  await opensApp(invited, "/#/pair")
  await invited.sees(t.pair.qr)
  await camera.lookAt(await photographOf(invited, t.pair.qr))
  await invitesShown(inviting, child, invitation)
  await invited.find(t.pair.done).waitFor({ state: "visible", timeout: 60_000 })
}

/** Invites whoever's code the camera already looks at. */
export async function invitesShown(inviting: Person, child: string, invitation: Invitation): Promise<void> {
  await opensChild(inviting, child)
  await inviting.presses(t.child.toPeople)
  await inviting.presses(t.people.add)
  await inviting.sees("invite")
  await inviting.presses(t.invite.who, { who: invitation.who === "nurse" ? "visiting-nurse" : invitation.who })
  if (invitation.name !== undefined) await (await inviting.sees(t.invite.name)).fill(invitation.name)
  if (invitation.organisation !== undefined) await (await inviting.sees(t.invite.organisation)).fill(invitation.organisation)
  if (invitation.until !== undefined) await (await inviting.sees(t.invite.until)).fill(invitation.until)
  await inviting.presses(t.invite.next)
  // One's own second phone needs nobody's consent.
  if (invitation.who !== "same-guardian") await inviting.presses(t.invite.agree)
  await inviting.find(t.invite.done).waitFor({ state: "visible", timeout: 60_000 })
}

/** What every statement about a fact of the open child says, newest first as shown. */
export async function history(person: Person, kind: string, containing = ""): Promise<{ value: string; author: string; superseded: boolean }[]> {
  await fact(person, kind, containing).locator(`[data-testid="${t.child.history}"]`).first().click()
  await person.sees("history")
  await person.sees(t.history.item)
  const items = await person.find(t.history.item).all()
  const read = await Promise.all(
    items.map(async (item) => ({
      value: await item.locator(`[data-testid="${t.history.value}"]`).innerText(),
      author: await item.locator(`[data-testid="${t.history.author}"]`).innerText(),
      superseded: (await item.getAttribute("data-superseded")) === "true",
    })),
  )
  await person.page.goBack()
  return read
}
