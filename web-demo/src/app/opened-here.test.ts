import { expect, test } from 'vitest'
import { untold, type Opened } from '../logic/opened.ts'
import { Failure } from '../logic/result.ts'
import { OpenedHere } from './opened-here.ts'

const HOUR = 3600_000

/** A nurse's phone, and what the relay heard from it. */
class Phone {
  readonly boxes = new Map<string, readonly Opened[]>()
  /** Whoever holds it. */
  person = 'sato'
  heard: Opened[] = []
  refusal: Failure | null = new Failure('offline')
  time = 0
  readonly opened = new OpenedHere({
    boxOf: () => this.person,
    kept: (box) => Promise.resolve(this.boxes.get(box)?.slice()),
    keep: (box, list) => Promise.resolve(void this.boxes.set(box, list)),
    send: (_, box, list) => {
      if (box !== this.person) return Promise.reject(new Failure('not-allowed'))
      if (this.refusal !== null) return Promise.reject(this.refusal)
      this.heard.push(...list)
      return Promise.resolve()
    },
    now: () => this.time,
  })

  get kept(): readonly Opened[] {
    return this.boxes.get('sato') ?? []
  }

  async looksAt(...hours: number[]): Promise<void> {
    for (const hour of hours) {
      this.time = hour * HOUR
      await this.opened.note(1, 'read')
    }
  }
}

test('what was opened without a network is told when there is one, once', async () => {
  const phone = new Phone()
  await phone.looksAt(9, 11)
  await phone.opened.tell(1)
  expect([phone.kept.length, phone.heard.length]).toEqual([2, 0])
  phone.refusal = null
  await phone.opened.tell(1)
  await phone.opened.tell(1)
  expect(phone.heard.map((one) => one.began)).toEqual([9 * HOUR, 11 * HOUR])
  expect(untold(phone.kept)).toEqual([])
})

test('many are told in parts that the relay takes', async () => {
  const phone = new Phone()
  await phone.looksAt(...Array.from({ length: 120 }, (_, hour) => hour))
  phone.refusal = null
  await phone.opened.tell(1)
  expect(phone.heard).toHaveLength(120)
})

test('a relay that wants no more today is told another day; what it can never take does not stand in the way', async () => {
  const phone = new Phone()
  await phone.looksAt(9)
  phone.refusal = new Failure('relay-refused', 'too-many-requests')
  await phone.opened.tell(1)
  expect(phone.kept).toHaveLength(1)
  phone.refusal = new Failure('relay-refused', 'malformed')
  await phone.opened.tell(1)
  expect(untold(phone.kept)).toEqual([])
})

test('what one nurse opened is hers and of its moment, also when a colleague takes the tablet before it is written', async () => {
  const tablet = new Phone()
  tablet.refusal = null
  tablet.time = 9 * HOUR
  const written = tablet.opened.note(1, 'read')
  ;[tablet.person, tablet.time] = ['ito', 10 * HOUR]
  await written
  expect(tablet.kept).toMatchObject([{ began: 9 * HOUR, ended: 9 * HOUR }])
  expect(tablet.boxes.has('ito')).toBe(false)
})

test('what is about to be told when a colleague takes the tablet is told when she is back, in her own name', async () => {
  const tablet = new Phone()
  await tablet.looksAt(9)
  tablet.refusal = null
  const told = tablet.opened.tell(1)
  tablet.person = 'ito'
  await told
  await tablet.opened.tell(1)
  expect(tablet.heard).toEqual([])
  tablet.person = 'sato'
  await tablet.opened.tell(1)
  expect(tablet.heard.map((one) => one.began)).toEqual([9 * HOUR])
})
