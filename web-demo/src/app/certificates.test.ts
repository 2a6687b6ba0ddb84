import { beforeEach, expect, test } from 'vitest'
import { RelayProblem, type Relay } from '../io/relay.ts'
import type { Vault } from '../io/vault.ts'
import type { Entry, EntryKind } from '../logic/model.ts'
import { Failure } from '../logic/result.ts'
import { certificateBox, tellCertificates } from './certificates.ts'

const entry = (name: string, kind: EntryKind): Entry => ({ kind, hash: name, bytes: new TextEncoder().encode(name) })
/** The tablet's disk: a nurse's certificate, and what was made there without a network. */
let boxes: Map<string, unknown>
const made = [entry('colleague', 0), entry('words', 1), entry('end', 0), entry('another', 0)]
const operations = made.filter(({ kind }) => kind === 0)
/** What the relay was told, and what it does not take. */
let told: string[]
let refused: Set<string>
let network: boolean

const vault = {
  box: (name: string) => Promise.resolve(boxes.get(name)),
  unsent: () => Promise.resolve(made),
  write: ({ remove = [] }: { remove?: string[] }) => {
    for (const name of remove) boxes.delete(name)
    return Promise.resolve()
  },
} as unknown as Vault
const relay = {
  certify: (_: string, bytes: Uint8Array) => {
    const name = new TextDecoder().decode(bytes)
    if (!network) return Promise.reject(new Failure('offline'))
    if (refused.has(name)) return Promise.reject(new RelayProblem(403, 'forbidden', []))
    told.push(name)
    return Promise.resolve()
  },
} as unknown as Relay
const tell = () => tellCertificates(vault, relay, 1, 'record')

beforeEach(() => {
  boxes = new Map([[certificateBox(1), entry('nurse', 0).bytes]])
  told = []
  refused = new Set()
  network = true
})

test('a tablet that was let in without a network says first who was certified there, once, and nothing that is no certificate', async () => {
  refused.add('end')
  await tell()
  expect(told).toEqual(['nurse', 'colleague', 'another'])
  await tell()
  expect(told).toHaveLength(3)
})

test('as long as the family was not online it waits, and nothing counts as refused', async () => {
  refused.add('nurse')
  await expect(tell()).rejects.toMatchObject({ code: 'relay-failed' })
  expect([told, boxes.size]).toEqual([[], 1])
  refused.clear()
  await tell()
  expect([told.length, boxes.size]).toEqual([1 + operations.length, 0])
})

test('a network that goes away in the middle ends nothing', async () => {
  network = false
  await expect(tell()).rejects.toMatchObject({ code: 'offline' })
  expect(boxes.size).toBe(1)
})

test('a tablet that was let in over the network has nothing to say', async () => {
  boxes.clear()
  await tell()
  expect(told).toEqual([])
})
