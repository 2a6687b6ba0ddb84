import { beforeEach, expect, test, vi } from 'vitest'
import type { OrganisationRequest } from '../actions.ts'
import { Failure } from '../../logic/result.ts'
import { organisationActions } from './organisation.svelte.ts'

/** What this phone keeps, what it consented to, and what the tablet was told. */
const boxes = new Map<string, unknown>()
let consents = 0
let told = 0
let refusal: Failure | null = null

vi.mock('../boot.ts', () => ({
  session: () => ({
    moment: () => ({ now: 0, today: '2026-11-21' }),
    show: () => Promise.resolve(),
    startSync: () => Promise.resolve({ flush: () => (refusal === null ? Promise.resolve() : Promise.reject(refusal)) }),
    write: ({ put = [], remove = [] }: { put?: [string, unknown][]; remove?: string[] }) => {
      for (const [name, box] of put) boxes.set(name, box)
      for (const name of remove) boxes.delete(name)
      return Promise.resolve()
    },
    records: {
      ask: (ask: { do: string }) => Promise.resolve(ask.do === 'station-reply' ? new Uint8Array([9]) : consents === 0 ? '' : 'grant'),
      change: () => Promise.resolve(void (consents += 1)),
    },
    relay: { putMail: () => Promise.resolve(void (told += 1)) },
  }),
}))
vi.mock('../state.svelte.ts', () => ({ app: { children: [{ id: '1', record: 'r' }] } }))

const request: OrganisationRequest = {
  qr: 'q',
  mailbox: 'm',
  message: new Uint8Array(),
  application: { name: 'ひだまり', preset: 'nursing-station', staff: ['佐藤'] },
  filmed: false,
}
const agree = () => organisationActions.grantOrganisation('1', request, 'other', [], {})

beforeEach(() => {
  boxes.clear()
  consents = told = 0
  refusal = null
})

test('what the relay does not take stands on this phone all the same, and the tablet is told once it does', async () => {
  refusal = new Failure('relay-refused', 'forbidden')
  expect(await agree()).toBe('refused')
  expect([consents, told, [...boxes.keys()]]).toEqual([1, 0, ['mail/m']])
  refusal = null
  expect(await agree()).toBe('told')
  expect([consents, told, [...boxes.keys()]]).toEqual([1, 1, []])
})

test('without a network it waits', async () => {
  refusal = new Failure('offline')
  expect(await agree()).toBe('waits')
  expect([consents, told, [...boxes.keys()]]).toEqual([1, 0, ['mail/m']])
})

test('what was not agreed to is not answered, and what was is answered without being asked again', async () => {
  expect(await organisationActions.tellOrganisation('1', request)).toBeNull()
  expect([consents, told, [...boxes.keys()]]).toEqual([0, 0, []])
  await agree()
  expect(await organisationActions.tellOrganisation('1', request)).toBe('told')
  expect([consents, told]).toEqual([1, 2])
})
