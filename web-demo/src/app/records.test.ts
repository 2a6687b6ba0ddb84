import 'fake-indexeddb/auto'
import { IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Vault } from '../io/vault.ts'
import { sha256 } from '../io/digest.ts'
import type { Entry, FactView, Integrity, Received, View } from '../logic/model.ts'
import { Failure } from '../logic/result.ts'
import { Core, type WorkerLine } from '../worker/core.ts'
import type { Envelope, Question, Reading, Reply, Request } from '../worker/protocol.ts'
import { Records, type ChildBox } from './records.ts'

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  workers.length = 0
})
afterEach(() => vi.restoreAllMocks())

const AT = { now: 5, today: '2026-11-21' }
const INTACT: Integrity = { intact: true, missing: [], waiting: [], set_aside: [], forks: [], equivocations: [], unattested: 0 }
const workers: PaperCore[] = []

test('a new child is in the vault, entries and keys and all, when creating it is done', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [said('name')], AT, { put: [['settings', 1]] })
  expect((await vault.unsent(1, 9)).length).toBe(2)
  expect(await vault.box<ChildBox>('child/1')).toMatchObject({ number: 1, record: 'record-1' })
  expect(await vault.box('settings')).toBe(1)
})

test('an edit survives a killed tab', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  await records.change(edit('9.1 kg'), AT)
  records.stop()

  const after = new Records(vault, paperCore)
  after.add((await vault.box<ChildBox>('child/1')) as ChildBox)
  expect(texts(await after.read(1, AT.today))).toEqual(['9.1 kg'])
})

test('when the disk is full nothing is claimed: the edit is refused, not shown, and not sent', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  await records.change(edit('first'), AT)
  fullDisk()
  await expect(records.change(edit('second'), AT)).rejects.toMatchObject({ code: 'storage-full' })
  vi.restoreAllMocks()

  expect(texts(await records.read(1, AT.today))).toEqual(['first'])
  expect((await vault.unsent(1, 9)).length).toBe(2)
  await records.change(edit('third'), AT)
  expect(texts(await records.read(1, AT.today))).toEqual(['first', 'third'])
})

test('edits made at the same time are kept one after the other', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  await Promise.all(['a', 'b', 'c'].map((text) => records.change(edit(text), AT)))
  expect(texts(await records.read(1, AT.today))).toEqual(['a', 'b', 'c'])
  expect((await vault.entries(1)).length).toBe(4)
})

test('what the nurse wrote arrives once, counts as news, and is not sent back', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  await vault.write({ put: [['progress/1', { cursor: 1, registered: true, scope: '' }]] })
  await records.receive(1, [wire('吸引 10分ごと')], { cursor: 2, scope: '' }, AT)
  await records.receive(1, [wire('吸引 10分ごと')], { cursor: 2, scope: '' }, AT)
  expect(texts(await records.read(1, AT.today))).toEqual(['吸引 10分ごと'])
  expect(await records.news(1)).toBe(1)
  expect(await vault.countUnsent(1)).toBe(1)
  expect((await records.progress(1)).cursor).toBe(2)
})

test('what was not seen when a form opened is not replaced by it', async () => {
  const { records } = await phone()
  await records.create(1, '母', [], AT, {})
  const check = (view: View) => {
    if (view.facts.length > 0) throw new Failure('changed-meanwhile')
  }
  const arriving = records.receive(1, [wire('nurse')], { cursor: 2, scope: '' }, AT)
  await expect(records.change(edit('typed before'), AT, {}, check)).rejects.toMatchObject({ code: 'changed-meanwhile' })
  await arriving
  expect(texts(await records.read(1, AT.today))).toEqual(['nurse'])
})

test('a batch that crashes the core takes only the guilty entry with it, and editing goes on', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  await records.receive(1, [wire('good'), wire('POISON'), wire('also good')], { cursor: 3, scope: '' }, AT)

  expect(texts(await records.read(1, AT.today)).sort()).toEqual(['also good', 'good'])
  const kept = (await vault.entries(1)).map((e) => new TextDecoder().decode(e.bytes))
  expect(kept.some((text) => text.includes('POISON'))).toBe(false)
  expect((await records.asides(1)).length).toBe(1)
  await records.change(edit('honest'), AT)
  expect(texts(await records.read(1, AT.today)).sort()).toEqual(['also good', 'good', 'honest'])
  expect(workers.filter((worker) => worker.alive).length).toBe(1)
})

test('a change that makes the trial fall takes only the trial with it: the core that holds the record never meets it', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  const live = workers[0]
  await records.receive(1, [wire('good'), wire('UNTRIABLE'), wire('UNSOUND')], { cursor: 3, scope: '' }, AT)

  expect(texts(await records.read(1, AT.today))).toEqual(['good'])
  expect(workers.filter((worker) => worker.alive)).toEqual([live])
  expect((await records.asides(1)).map((aside) => aside.code)).toEqual(['failed-trial', 'failed-trial'])
  await records.change(edit('honest'), AT)

  const after = new Records(vault, paperCore)
  after.add((await vault.box<ChildBox>('child/1')) as ChildBox)
  expect(texts(await after.read(1, AT.today))).toEqual(['good', 'honest'])
  await after.receive(1, [wire('UNTRIABLE')], { cursor: 4, scope: '' }, AT)
  expect((await after.asides(1)).length).toBe(2)
})

test('a phone whose trial cannot start takes nothing in and loses nothing: the next time it is all there', async () => {
  const { vault } = await phone()
  let possible = true
  const records = new Records(vault, () => {
    const core = paperCore()
    if (!possible) core.stop()
    return core
  })
  await records.create(1, '母', [], AT, {})
  possible = false
  await expect(records.receive(1, [wire('nurse')], { cursor: 2, scope: '' }, AT)).rejects.toMatchObject({ code: 'core-failed' })
  possible = true
  expect(texts(await records.read(1, AT.today))).toEqual([])
  await records.receive(1, [wire('nurse')], { cursor: 2, scope: '' }, AT)
  expect(texts(await records.read(1, AT.today))).toEqual(['nurse'])
})

test('something kept that makes the core fall is found at the next start, and the rest is read', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  const bytes = new TextEncoder().encode('POISON')
  await vault.write({ entries: [{ child: 1, kind: 1, bytes, hash: await sha256(bytes), unsent: false }] })
  await records.change(edit('honest'), AT)

  const after = new Records(vault, paperCore)
  after.add((await vault.box<ChildBox>('child/1')) as ChildBox)
  expect(texts(await after.read(1, AT.today))).toEqual(['honest'])
  expect((await vault.entries(1)).length).toBe(2)
})

test('an edit that names another record than the open child is refused by the core', async () => {
  const { records } = await phone()
  await records.create(1, '母', [], AT, {})
  const wrong = { ...edit('x'), record: 'record-2' }
  await expect(records.change(wrong, AT)).rejects.toMatchObject({ code: 'wrong-child' })
})

test('keys owed after a removal are on the disk, to be sent, and are made once', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  expect(await records.complete(1, AT)).toBeNull()
  await records.receive(1, [{ ...wire('removal'), kind: 0 }], { cursor: 1, scope: 'all' }, AT)
  expect(await records.complete(1, AT)).not.toBeNull()
  expect((await vault.unsent(1, 9)).map((entry) => textOf(entry.bytes))).toContain('own keys')
  expect(await records.complete(1, AT)).toBeNull()
})

test('when the disk is full the keys are owed still', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, {})
  await records.receive(1, [{ ...wire('removal'), kind: 0 }], { cursor: 1, scope: 'all' }, AT)
  fullDisk()
  await expect(records.complete(1, AT)).rejects.toMatchObject({ code: 'storage-full' })
  vi.restoreAllMocks()
  expect(await records.complete(1, AT)).not.toBeNull()
  expect((await vault.unsent(1, 9)).map((entry) => textOf(entry.bytes))).toContain('own keys')
})

// ---- a core of paper: it keeps texts, and falls over where the real one might

class PaperCore implements WorkerLine {
  onmessage: WorkerLine['onmessage'] = null
  onerror: WorkerLine['onerror'] = null
  alive = true
  readonly #children = new Map<number, { record: string; entries: Entry[]; untried: { kind: number; bytes: Uint8Array }[] }>()

  postMessage(message: unknown): void {
    void this.#answer(message as Envelope)
  }

  terminate(): void {
    this.alive = false
  }

  async #answer({ id, request }: Envelope): Promise<void> {
    let reply: Reply
    try {
      reply = { id, ok: true, value: await this.#handle(request) }
    } catch (error) {
      const code = (error as Error).message
      reply = { id, ok: false, code, detail: '', crashed: code === 'crash' }
    }
    if (this.alive) this.onmessage?.call(this as unknown as Worker, { data: reply } as MessageEvent)
  }

  async #handle(request: Request): Promise<unknown> {
    switch (request.do) {
      case 'create': {
        const record = `record-${request.child}`
        this.#children.set(request.child, { record, entries: [], untried: [] })
        return { secret: new Uint8Array([1]), record, entries: [await this.#add(request.child, 'genesis', 0)] }
      }
      case 'open':
        this.#children.set(request.child, { record: request.keys.record, entries: [], untried: [] })
        for (const { bytes, kind } of request.entries) await this.#meet(request.child, textOf(bytes), kind)
        return null
      case 'close':
        return this.#children.delete(request.child)
      case 'edit': {
        if (this.#child(request.child).record !== request.record) throw new Error('wrong-child')
        return Promise.all(request.edits.map((e) => this.#add(request.child, 'fields' in e ? `own ${String(e.fields['text'])}` : '', 1)))
      }
      case 'complete': {
        const { entries } = this.#child(request.child)
        const owes = entries.some((e) => textOf(e.bytes) === 'removal') && !entries.some((e) => textOf(e.bytes) === 'own keys')
        return owes ? [await this.#add(request.child, 'own keys', 3)] : []
      }
      case 'ready':
        return null
      case 'try':
        if (textOf(request.question.document).includes('UNTRIABLE')) throw new Error('crash')
        return !textOf(request.question.document).includes('UNSOUND')
      case 'take':
        for (const { bytes, kind } of request.entries) await this.#meet(request.child, textOf(bytes), kind)
        return null
      case 'receive':
        return this.#receive(request)
      case 'read':
        return this.#read(request.child)
      default:
        throw new Error(`unexpected ${request.do}`)
    }
  }

  /** Asks about each entry, as the core asks about each change. */
  async #receive(request: Extract<Request, { do: 'receive' }>): Promise<{ received: Received; questions: Question[] }> {
    const received: Received = { accepted: [], waiting: [], refused: [], push_again: [], changed: false }
    const verdicts = new Map(request.verdicts)
    const child = this.#child(request.child)
    child.untried.push(...request.entries)
    const questions: Question[] = []
    for (const { kind, bytes } of child.untried.splice(0)) {
      const hash = await sha256(bytes)
      const survived = verdicts.get(hash)
      if (survived === undefined) {
        questions.push({ candidate: hash, document: bytes, changes: [] })
        child.untried.push({ kind, bytes })
      } else if (!survived) received.refused.push({ hash, code: 'failed-trial', detail: '' })
      else received.accepted.push((await this.#meet(request.child, textOf(bytes), kind)).hash)
    }
    return { received: { ...received, changed: received.accepted.length > 0 }, questions }
  }

  #meet(child: number, text: string, kind: number): Promise<Entry> {
    if (/POISON|UNTRIABLE/u.test(text)) throw new Error('crash')
    return this.#add(child, text, kind)
  }

  #child(number: number) {
    const child = this.#children.get(number)
    if (child === undefined) throw new Error('child-unknown')
    return child
  }

  async #add(number: number, text: string, kind: number): Promise<Entry> {
    const bytes = new TextEncoder().encode(text)
    const entry = { kind: kind as Entry['kind'], bytes, hash: await sha256(bytes) }
    this.#child(number).entries.push(entry)
    return entry
  }

  #read(number: number): Reading {
    const { record, entries } = this.#child(number)
    const facts = entries.filter((e) => e.kind === 1).map((e) => factOf(e, new TextDecoder().decode(e.bytes)))
    const who = { name: [], reading: [], birth_date: [], sex: [], weight: [], record_date: AT.today }
    return { record, device: 'own', view: { facts }, first: { who, blocks: [] }, rights: { emergency: 'manage' }, integrity: INTACT, late: [], glass: { consents: [], openings: [], officers: [] } }
  }
}

function factOf(entry: Entry, text: string): FactView {
  const device = text.startsWith('own ') ? 'own' : 'nurse'
  const said = {
    statement: entry.hash,
    author: { device, name: '', role: 'other' as const },
    at: 1,
    how: { way: 'observed' as const },
    standing: 'plain' as const,
    confirmed_by: [],
  }
  const value = text.replace(/^own /, '')
  return { id: entry.hash, compartment: 'log', kind: 'entry', fields: { text: { values: [{ value, said: [said] }] } }, presence: { state: 'present' } }
}

function paperCore(): Core {
  const worker = new PaperCore()
  workers.push(worker)
  return new Core(worker)
}

async function phone(): Promise<{ vault: Vault; records: Records }> {
  const vault = await Vault.open(() => undefined)
  await vault.becomeWriter()
  return { vault, records: new Records(vault, paperCore) }
}

function said(text: string) {
  return { do: 'add', compartment: 'log', kind: 'entry', fields: { text }, how: { way: 'observed' } } as const
}

function edit(text: string) {
  return { do: 'edit', child: 1, record: 'record-1', edits: [said(text)], now: 5 } as const
}

function wire(text: string) {
  return { kind: 1 as const, bytes: new TextEncoder().encode(text) }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function texts(reading: Reading): unknown[] {
  return reading.view.facts.map((fact) => fact.fields['text']?.values[0]?.value)
}

function fullDisk(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its `this` below
  const put = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
    if (this.name === 'entries') throw new DOMException('full', 'QuotaExceededError')
    return put.apply(this, args)
  })
}

test('with new keys, what the old ones said of their cards and read about them is gone, and nothing else of the child', async () => {
  const { vault, records } = await phone()
  await records.create(1, '母', [], AT, { put: [['card-notice/1', 1], ['card-accesses/1', 1], ['made/1', 1], ['mail/x', 1]] })
  const box = (await vault.box<ChildBox>('child/1')) as ChildBox
  await records.adopt(box, { remove: ['mail/x'] })
  expect([...(await vault.boxes('card-')).keys(), ...(await vault.boxes('mail/')).keys()]).toEqual([])
  expect(await vault.box('made/1')).toBe(1)
})
