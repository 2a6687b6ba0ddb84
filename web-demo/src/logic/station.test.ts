import { describe, expect, it } from 'vitest'
import { NO_TRIES } from './handover.ts'
import { leaving, newPin, uncertified, unentrusted, without, withLeaving, withoutOrganisation, type StaffKeys, type StaffPerson } from './station.ts'

const person = (id: string): StaffPerson => ({ id, name: id, manager: false, locker: new Uint8Array(), sealed: new Uint8Array(), tries: NO_TRIES, since: 0 })
const KEYS: StaffKeys = {
  organisation: { ito: new Uint8Array([1]), sato: new Uint8Array([2]) },
  people: {
    ito: { name: '伊藤', device: 'a', sealed: new Uint8Array([3]) },
    sato: { name: '佐藤', device: 'b', sealed: new Uint8Array([4]) },
  },
}

describe('a shared tablet', () => {
  it('takes a PIN that was typed twice alike, in digits of any width', () => {
    expect(newPin('２５８０', '2580 ')).toEqual({ pin: '2580' })
    expect(newPin('2580', '2581')).toEqual({ problem: 'not-the-same' })
    expect(newPin('25', '25')).toEqual({ problem: 'not-digits' })
  })

  it('knows who has no key in a record yet', () => {
    expect(uncertified([person('ito'), person('suzuki')], KEYS).map((p) => p.id)).toEqual(['suzuki'])
  })

  it('entrusts the organisation to whoever manages the staff now, and to nobody who does not any more', () => {
    const managing = { ...person('suzuki'), manager: true }
    const staff = [{ ...person('ito'), manager: true }, person('sato'), managing]
    // Suzuki has no key in the record: she gets both when she is certified.
    expect(unentrusted(staff, KEYS)).toEqual([])
    const keys = { ...KEYS, people: { ...KEYS.people, suzuki: { name: '鈴木', device: 'c', sealed: new Uint8Array([5]) } } }
    expect(unentrusted(staff, keys).map((p) => p.id)).toEqual(['suzuki'])
    const after = withoutOrganisation(KEYS, 'sato')
    expect(Object.keys(after.organisation)).toEqual(['ito'])
    expect(after.people).toEqual(KEYS.people)
  })

  it('keeps nothing that opens for somebody who has left, and remembers to tell the record', () => {
    const after = withLeaving(KEYS, 'sato')
    expect(Object.keys(after.organisation)).toEqual(['ito'])
    expect(after.people.sato?.sealed).toHaveLength(0)
    expect(leaving(after).map(([id, key]) => [id, key.device])).toEqual([['sato', 'b']])
    expect(leaving(without(after, 'sato'))).toEqual([])
    expect(withLeaving(KEYS, 'nobody')).toBe(KEYS)
  })
})
