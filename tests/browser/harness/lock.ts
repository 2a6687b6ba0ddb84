/** What people do with the app's lock and with words on paper. */
import { testids as t } from "../testids"
import { opensApp } from "./family"
import type { Person } from "./person"

/** Makes the words; returns them as the paper shows them. */
export async function makesWords(person: Person): Promise<string[]> {
  await opensApp(person, "/#/words")
  await person.presses(t.words.make)
  await person.sees(t.words.paper)
  return await person.find(t.words.word).allInnerTexts()
}

/** Types the three words that are asked back, from the paper. */
export async function testsWords(person: Person, words: readonly string[]): Promise<void> {
  await answersTest(person, words)
  await person.sees(t.words.done)
}

/** The same, wherever words are asked back. */
export async function answersTest(person: Person, words: readonly string[]): Promise<void> {
  await person.presses(t.words.toTest)
  await person.sees(t.words.test)
  for (const field of await person.find(t.words.test).all()) {
    const label = (await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent)) ?? ""
    await field.fill(words[Number(/\d+/u.exec(label)?.[0]) - 1] ?? "")
  }
  await person.presses(t.words.check)
}

/** Types all words of a paper on a new phone, and asks for the records back. */
export async function typesWords(person: Person, words: readonly string[]): Promise<void> {
  await opensApp(person, "/#/recover")
  await person.sees(t.recover.word)
  for (const [i, field] of (await person.find(t.recover.word).all()).entries()) await field.fill(words[i] ?? "")
  await person.presses(t.recover.do)
}

export async function setsLock(person: Person, pin: string): Promise<void> {
  await opensApp(person, "/#/lock")
  await (await person.sees(t.lock.pin)).fill(pin)
  await (await person.sees(t.lock.pinAgain)).fill(pin)
  await person.presses(t.lock.set)
  await person.sees(t.lock.on)
}

export async function typesPin(person: Person, pin: string): Promise<void> {
  await (await person.sees(t.locked.pin)).fill(pin)
  await person.presses(t.locked.open)
}
