import { beforeEach, expect, test, vi } from 'vitest'
import { stationActions } from './station.svelte.ts'

interface Change {
  put?: readonly (readonly [string, unknown])[]
  remove?: string[]
}

const boxes = new Map<string, unknown>()

vi.mock('../boot.ts', () => ({
  session: () => ({
    person: { id: 'manager', locker: new Uint8Array(), secrets: new Map() },
    vault: {
      box: (name: string) => Promise.resolve(boxes.get(name)),
      boxes: (start: string) => Promise.resolve(new Map([...boxes].filter(([name]) => name.startsWith(start)))),
    },
    write: ({ put = [], remove = [] }: Change) => {
      for (const [name, box] of put) boxes.set(name, box)
      for (const name of remove) boxes.delete(name)
      return Promise.resolve()
    },
    records: { ask: ({ do: what }: { do: string }) => Promise.resolve(what === 'seal-pin' ? new Uint8Array([1]) : { secret: new Uint8Array(), publicKeys: new Uint8Array() }) },
    load: () => Promise.resolve(),
    tabs: { tell: () => undefined },
  }),
}))
vi.mock('../router.svelte.ts', () => ({ replace: () => undefined }))
vi.mock('../state.svelte.ts', () => ({ app: { station: { name: 'ひまわり', person: { id: 'manager', manager: true } } } }))

const someone = (id: string, manager = false) => ({ id, name: id, manager, locker: new Uint8Array(), sealed: new Uint8Array(), tries: { wrong: 0, wait: 0, until: 0 }, since: 1 })

beforeEach(() => {
  boxes.clear()
  boxes.set('staff/manager', someone('manager', true))
  for (const id of ['sato', 'suzuki']) {
    boxes.set(`staff/${id}`, someone(id))
    boxes.set(`draft/form/${id}/record/fact`, 'typed about a child')
    for (const kind of ['progress', 'opened', 'card-notice', 'card-accesses']) boxes.set(`${kind}/1/${id}`, 'theirs')
  }
  boxes.set('child/1', { number: 1, record: 'r', secret: new Uint8Array() })
  boxes.set('station-child/1', { organisation: {}, people: { sato: { name: 'sato', device: 'd', sealed: new Uint8Array() } } })
})

/** Whatever the vault still keeps under somebody's name. */
const leftOf = (id: string) => [...boxes.keys()].filter((name) => name.includes(id))

test('with somebody who left goes what they had typed about a child and not saved, and nobody else’s', async () => {
  await stationActions.endStaff('sato')
  expect(leftOf('sato')).toEqual([])
  expect(leftOf('suzuki')).toHaveLength(6)
})

test('somebody with a new number begins with nothing that was typed under the one they forgot', async () => {
  await stationActions.giveNewPin('sato', '2580', '2580')
  expect(leftOf('sato')).toEqual([])
  const staff = [...boxes].filter(([name]) => name.startsWith('staff/')).map(([, box]) => (box as { name: string }).name)
  expect(staff.sort()).toEqual(['manager', 'sato', 'suzuki'])
})
