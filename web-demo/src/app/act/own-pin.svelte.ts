import { now } from '../../io/clock.ts'
import { NO_TRIES } from '../../logic/handover.ts'
import { Failure } from '../../logic/result.ts'
import { lockerLabel, wordsLabel, type StaffPerson } from '../../logic/station.ts'
import type { Unlock } from '../actions.ts'
import { isWriter, session, settled, takeOver } from '../boot.ts'
import type { Person } from '../session.ts'
import { boxOf, checkedPin, staffPerson, underPin, withLocker } from './pins.svelte.ts'
import { put, taken, there } from './staff.svelte.ts'
import { entered, reload } from './station.svelte.ts'

/** On a shared tablet: one's own number changed, and words on paper for whoever manages the staff and forgets it. */
export interface OwnPinActions {
  /** A new number, for whoever knows the one there is. */
  changeOwnPin(current: string, first: string, second: string): Promise<Unlock>
  /** New words for whoever is there; those before them open nothing any more. */
  makeStaffWords(): Promise<string[]>
  /** The words, as long as they were not tested; `null` afterwards. */
  staffWords(): Promise<string[] | null>
  /** Three of them were asked back and were right: the tablet forgets them. */
  staffWordsTested(): Promise<void>
  /** The number is forgotten: the words open the locker, and a new number does from then on. Throws `words-not-theirs`. */
  enterByWords(person: string, words: string, first: string, second: string): Promise<void>
}

export const ownPinActions: OwnPinActions = {
  changeOwnPin: async (current, first, second) => {
    const pin = checkedPin(first, second)
    const answer = await withLocker(there().id, current, async (locker, person) => {
      await keep({ ...person, sealed: await underPin(person.id, pin, locker) })
      locker.fill(0)
    })
    // Wrong numbers count wherever they are typed.
    await reload()
    return answer
  },
  makeStaffWords,
  staffWords: async () => {
    const person = there()
    const { words } = await staffPerson(person.id)
    return words === undefined || words.shown === null ? null : await shownIn(person, words.shown)
  },
  staffWordsTested: async () => {
    const person = await staffPerson(there().id)
    if (person.words === undefined) return
    await keep({ ...person, words: { ...person.words, shown: null } })
    await reload()
  },
  enterByWords,
}

async function makeStaffWords(): Promise<string[]> {
  const own = there()
  const person = await staffPerson(own.id)
  const { words, publics } = await session().records.ask({ do: 'kit-new', count: 1 })
  const [paper] = publics
  if (paper === undefined) throw new Failure('core-failed', 'words without keys')
  const sealed = await put(paper, lockerLabel(own.id), own.locker)
  const shown = await put(person.locker, wordsLabel(own.id), new TextEncoder().encode(words.join('　')))
  await keep({ ...person, words: { madeAt: now(), sealed, shown } })
  await reload()
  return words
}

async function shownIn(person: Person, sealed: Uint8Array): Promise<string[]> {
  return new TextDecoder().decode(await taken(person, wordsLabel(person.id), sealed)).split('　')
}

/** The same locker under another number: nothing in it changes, and no family hears of it. */
async function enterByWords(id: string, words: string, first: string, second: string): Promise<void> {
  const pin = checkedPin(first, second)
  if (!isWriter()) await takeOver()
  await settled()
  const person = await staffPerson(id)
  const locker = await underWords(person, words)
  const after: StaffPerson = { ...person, tries: NO_TRIES, sealed: await underPin(id, pin, locker) }
  await keep(after)
  await entered(locker, after)
}

async function underWords({ id, words }: StaffPerson, typed: string): Promise<Uint8Array> {
  if (words === undefined) throw new Failure('words-not-theirs')
  const { records } = session()
  const [paper] = await records.ask({ do: 'kit-keys', words: typed, from: 0, count: 1 })
  if (paper === undefined) throw new Failure('core-failed', 'words without keys')
  try {
    return await records.ask({ do: 'locker-take', secret: paper.secret, label: lockerLabel(id), sealed: words.sealed })
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-authentic') throw new Failure('words-not-theirs')
    throw error
  } finally {
    paper.secret.fill(0)
  }
}

async function keep(person: StaffPerson): Promise<void> {
  await session().write({ put: [boxOf(person)] })
}
