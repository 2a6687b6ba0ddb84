import { expect, test } from 'vitest'
import { childOf, formatRoute, parseRoute, type Route } from './route.ts'

const PLACES: Route[] = [
  { name: 'home' },
  { name: 'start' },
  { name: 'pair' },
  { name: 'scan' },
  { name: 'settings' },
  { name: 'demo' },
  { name: 'gallery' },
  { name: 'child', child: '1' },
  { name: 'doctor', child: '12' },
  { name: 'invite', child: '2' },
  { name: 'edit', child: '2', fact: 'only:must-never/…%' },
  { name: 'history', child: '2', fact: `12@${'ab'.repeat(16)}` },
  { name: 'consent', child: '2', fact: `12@${'ab'.repeat(16)}` },
  { name: 'person', child: '2', person: 'ab'.repeat(32) },
  { name: 'eyes', child: '2', person: 'ab'.repeat(32) },
  { name: 'hand-over', child: '2', person: 'ab'.repeat(32) },
  { name: 'grown', child: '2' },
  { name: 'begun', child: '2' },
  { name: 'far', child: '2', mailbox: 'ab'.repeat(32) },
  { name: 'join', link: 'ab'.repeat(32) },
  { name: 'add', child: '2', compartment: 'care', kind: 'medicine' },
]

test('every place has an address that leads back to it', () => {
  for (const place of PLACES) expect(parseRoute(formatRoute(place))).toEqual(place)
})

test('an address that is not understood leads nowhere, never to some child', () => {
  const wrong = ['#/child/', '#/child/0', '#/child/01', '#/child/1e3', '#/child/../2', '#/child/1/edit', '#/child/1/person', '#/child/1/person/xyz', '#/child/1/far', '#/child/1/far/xyz', '#/child/1/card/2', '#/xyz', '#/start/1']
  for (const address of wrong.slice(1)) expect(parseRoute(address), address).toEqual({ name: 'unknown' })
  expect(parseRoute('#/child/')).toEqual({ name: 'unknown' })
  expect(parseRoute('#/child/%E0%A4%A')).toEqual({ name: 'unknown' })
})

test('the link of an invitation that was cut off on its way is still one, and says so; what stuck to it is left out', () => {
  for (const address of ['#/join', '#/join/', '#/join/xyz', `#/join/${'ab'.repeat(31)}`, `#/join/${'ab'.repeat(33)}`]) {
    expect(parseRoute(address), address).toEqual({ name: 'join', link: null })
  }
  expect(parseRoute(`#/join/${'AB'.repeat(32)}。`)).toEqual({ name: 'join', link: 'ab'.repeat(32) })
})

test('a place knows whose it is', () => {
  expect(childOf({ name: 'card', child: '3' })).toBe('3')
  expect(childOf({ name: 'home' })).toBeUndefined()
})
