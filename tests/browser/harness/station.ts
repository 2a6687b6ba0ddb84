/** What the staff of an organisation do with the tablet they share, and how a family lets them in. */
import { testids as t } from "../testids"
import type { Camera } from "./camera"
import { edits, expectSynced, fact, goesHome, opensChild, photographOf, takesInSamples } from "./family"
import { answersTest } from "./lock"
import type { Person } from "./person"
import type { Stage } from "./stage"

export interface Staff {
  name: string
  pin: string
}

/** The nurses of a station: the first manages the staff. */
export const ITO: Staff = { name: "伊藤", pin: "1470" }
export const SATO: Staff = { name: "佐藤", pin: "2580" }
export const SUZUKI: Staff = { name: "鈴木", pin: "3690" }

/** A new device becomes the station's tablet; whoever sets it up manages the staff. */
export async function setsUpStation(tablet: Person, station: string, manager: Staff, kind = "nursing-station"): Promise<void> {
  await tablet.opens("/#/station-start")
  await (await tablet.sees(t.station.name)).fill(station)
  await (await tablet.sees(t.station.kind)).selectOption(kind)
  await (await tablet.sees(t.station.manager)).fill(manager.name)
  await (await tablet.sees(t.station.pin)).fill(manager.pin)
  await (await tablet.sees(t.station.pinAgain)).fill(manager.pin)
  await tablet.presses(t.station.begin)
  // The paper against a forgotten number is offered at once, and forced on nobody.
  await tablet.sees("station-words")
}

/** The manager adds somebody, who types their own number. */
export async function addsStaff(tablet: Person, staff: Staff): Promise<void> {
  await opensStation(tablet)
  await tablet.presses(t.station.add)
  await (await tablet.sees(t.station.newName)).fill(staff.name)
  await (await tablet.sees(t.station.newPin)).fill(staff.pin)
  await (await tablet.sees(t.station.newPinAgain)).fill(staff.pin)
  await tablet.presses(t.station.newSave)
  await tablet.sees(t.station.person, { person: staff.name })
}

/** The manager removes somebody, in two taps. */
export async function endsStaff(tablet: Person, name: string): Promise<void> {
  await opensStation(tablet)
  await tablet.find(t.station.person, { person: name }).locator(`[data-testid="${t.station.end}"]`).click()
  await tablet.presses(t.station.endConfirm)
  await tablet.find(t.station.person, { person: name }).waitFor({ state: "detached" })
  await tablet.sees(t.station.said)
}

export async function opensStation(tablet: Person): Promise<void> {
  await goesHome(tablet)
  await tablet.presses(t.station.open)
  await tablet.sees("station")
}

/** Whoever is there steps aside, if anybody is. */
async function asksWhoIsThere(tablet: Person): Promise<void> {
  const who = tablet.find("who")
  await who.or(tablet.find(t.station.change)).first().waitFor()
  if ((await who.count()) === 0) await tablet.presses(t.station.change)
}

/** Whoever was there hands the tablet to somebody, who says who they are. */
export async function takesTablet(tablet: Person, staff: Staff): Promise<void> {
  await asksWhoIsThere(tablet)
  await tablet.sees("who")
  await tablet.presses(t.station.who, { person: staff.name })
  await (await tablet.sees(t.station.whoPin)).fill(staff.pin)
  await tablet.presses(t.station.enter)
  await tablet.sees(t.station.writes, { person: staff.name })
}

/** What the family read before it agreed, and how often it tapped. */
export interface LetIn {
  consent: string
  taps: number
}

/** The tablet shows its code, the family's phone reads it and loses its network before anything is agreed to. */
export async function letsStationIn(family: Person, camera: Camera, child: string, tablet: Person): Promise<LetIn> {
  await goesHome(tablet)
  await tablet.presses(t.station.apply)
  await tablet.sees(t.pair.qr)
  await camera.lookAt(await photographOf(tablet, t.pair.qr))
  // From the home screen; one tap opens the child.
  await opensChild(family, child)
  let taps = 1
  const tapsOn = async (testid: string) => {
    taps += 1
    await family.presses(testid)
  }
  await tapsOn(t.child.toPeople)
  await tapsOn(t.people.add)
  await tapsOn(t.invite.tablet)
  await family.sees(t.station.asks)
  await family.find(t.invite.see).first().waitFor()
  await tapsOn(t.invite.next)
  const consent = await (await family.sees(t.person.consentText)).innerText()
  await family.goesOffline()
  await tapsOn(t.station.grant)
  await family.sees(t.station.asks, { state: "waits" })
  await family.goesOnline()
  await family.sees(t.station.asks, { state: "told" })
  await tablet.find(t.station.applied).waitFor({ state: "visible", timeout: 60_000 })
  return { consent, taps }
}

/** The colleague's row, on the page of the staff. */
async function opensColleague(tablet: Person, name: string): Promise<void> {
  await opensStation(tablet)
  await tablet.find(t.station.person, { person: name }).locator(`[data-testid="${t.station.edit}"]`).click()
  await tablet.sees(t.station.dialog)
}

/** Somebody forgot their number; whoever manages the staff lets them choose a new one. */
export async function givesNewPin(tablet: Person, staff: Staff): Promise<void> {
  await opensColleague(tablet, staff.name)
  await tablet.presses(t.station.forgot)
  await (await tablet.sees(t.station.forgotPin)).fill(staff.pin)
  await (await tablet.sees(t.station.forgotPinAgain)).fill(staff.pin)
  await tablet.presses(t.station.forgotSave)
  await tablet.sees(t.station.said)
}

/** A colleague manages the staff too, or no longer. */
export async function changesRole(tablet: Person, name: string, manages: boolean): Promise<void> {
  await opensColleague(tablet, name)
  await tablet.presses(t.station.role)
  await tablet.presses(t.station.roleSave)
  await tablet.sees(t.station.person, { person: name, manager: String(manages) })
}

/** Tries a number that is not theirs, or not any more. */
export async function isRefused(tablet: Person, staff: Staff): Promise<void> {
  await asksWhoIsThere(tablet)
  const who = await tablet.sees("who")
  await tablet.presses(t.station.who, { person: staff.name })
  await (await tablet.sees(t.station.whoPin)).fill(staff.pin)
  await tablet.presses(t.station.enter)
  await tablet.until(async () => /番号が違います|待ってください/u.test(await who.innerText()), "the refusal")
}

/** Prints the words against a forgotten number, and has three asked back. */
export async function printsWords(tablet: Person): Promise<string[]> {
  const words = await printsWordsUntested(tablet)
  await answersTest(tablet, words)
  await tablet.sees(t.station.wordsDone)
  return words
}

/** The same, and somebody is called away before any word is asked back. */
export async function printsWordsUntested(tablet: Person): Promise<string[]> {
  await opensStation(tablet)
  await tablet.presses((await tablet.find(t.station.alone).count()) > 0 ? t.station.toWords : t.station.wordsRow)
  await tablet.sees("station-words")
  await tablet.presses(t.words.make)
  await tablet.sees(t.words.paper)
  return await tablet.find(t.words.word).allInnerTexts()
}

/** On the page that asks who is there: the words in, and a new number. */
export async function entersByWords(tablet: Person, staff: Staff, words: readonly string[]): Promise<void> {
  await tablet.sees(t.station.word)
  const fields = await tablet.find(t.station.word).all()
  for (const [i, field] of fields.entries()) await field.fill(words[i] ?? "")
  await (await tablet.sees(t.station.wordPin)).fill(staff.pin)
  await (await tablet.sees(t.station.wordPinAgain)).fill(staff.pin)
  await tablet.presses(t.station.wordsEnter)
}

/** Whoever has the tablet writes beside a medicine of the child whose page is open, and the mother reads it. */
export async function noteReaches(mother: Person, child: string, tablet: Person, note: string): Promise<void> {
  await edits(tablet, "medicine", { note }, "サルブタモール")
  await goesHome(tablet)
  await expectSynced(tablet)
  await opensChild(mother, child)
  await fact(mother, "medicine", note).waitFor()
}

/** A mother, and a station's tablet that she let in: one nurse manages the staff, the others came after her, and the first of those has it. */
export async function stationAtHome(stage: Stage, child: string, manager: Staff, nurses: readonly [Staff, ...Staff[]]): Promise<{ mother: Person; tablet: Person; letIn: LetIn }> {
  const camera = await stage.camera()
  const mother = await stage.person("mother", { camera })
  const tablet = await stage.person("tablet")
  await takesInSamples(mother)
  await setsUpStation(tablet, "ひまわり訪問看護ステーション", manager)
  for (const nurse of nurses) await addsStaff(tablet, nurse)
  await takesTablet(tablet, nurses[0])
  const letIn = await letsStationIn(mother, camera, child, tablet)
  return { mother, tablet, letIn }
}
