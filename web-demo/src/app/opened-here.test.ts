import { expect, test } from 'vitest'
import { untold, type Opened } from '../logic/opened.ts'
import { Failure } from '../logic/result.ts'
import { OpenedHere } from './opened-here.ts'

const HOUR = 3600_000

/** A nurse's phone, and what the relay heard from it. */
class Phone {
  kept: readonly Opened[] = []
  heard: Opened[] = []
  refusal: Failure | null = new Failure('offline')
  time = 0
  readonly opened = new OpenedHere({
    kept: () => Promise.resolve([...this.kept]),
    keep: (_, list) => Promise.resolve(void (this.kept = list)),
    send: (_, list) => {
      if (this.refusal !== null) return Promise.reject(this.refusal)
      this.heard.push(...list)
      return Promise.resolve()
    },
    now: () => this.time,
  })

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
