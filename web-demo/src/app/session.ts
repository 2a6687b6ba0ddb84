import { now, today } from '../io/clock.ts'
import { isOnline } from '../io/network.ts'
import { Relay } from '../io/relay.ts'
import type { Tabs } from '../io/tabs.ts'
import type { Vault, VaultChange } from '../io/vault.ts'
import type { AccessBook } from '../logic/accesses.ts'
import type { Made } from '../logic/made.ts'
import { differences } from '../logic/differences.ts'
import { countLate } from '../logic/late.ts'
import type { FactId, Hex, LocalDate } from '../logic/model.ts'
import type { Opened } from '../logic/opened.ts'
import { recalled } from '../logic/papers.ts'
import { unseen } from '../logic/glass.ts'
import { asFailure, Failure } from '../logic/result.ts'
import type { ChildId } from '../logic/route.ts'
import { birthDateOf, canEdit, nameOf, outOfDateOf, toCache, type Cached } from '../logic/summary.ts'
import type { SyncStatus } from '../logic/sync.ts'
import { ChildSync, type Progress } from '../sync/child-sync.ts'
import { Core } from '../worker/core.ts'
import type { Reading } from '../worker/protocol.ts'
import { AccessLog } from './access-log.ts'
import { openedBox, OpenedHere } from './opened-here.ts'
import { Cards } from './cards.ts'
import { tellCertificates } from './certificates.ts'
import { progressBox, Records, type ChildBox, type Moment } from './records.ts'
import { kitState, type KitBox, type LockBox } from './lock-boxes.ts'
import { FIRST_SETTINGS, type Settings } from './settings.ts'
import { app } from './state.svelte.ts'
import { readStation } from './station.ts'
import type { ChildSummary } from './state.ts'

/** Vault, core and sync of this tab, and the way what they say reaches the screens. */
export class Session {
  readonly relay = new Relay()
  readonly vault: Vault
  readonly tabs: Tabs
  #settings: Settings = FIRST_SETTINGS
  #records: Records | null = null
  #person: Person | null = null
  readonly #syncs = new Map<number, ChildSync>()
  readonly #remembered = new Map<number, Remembered>()
  #cards = this.#cardsOf(null)

  readonly accessLog = new AccessLog({
    kept: (child) => this.vault.box<AccessBook>(`accesses/${child}`),
    keep: (child, book) => this.write({ put: [[`accesses/${child}`, book]] }),
    ask: async (child, after) => {
      const sync = await this.startSync(child)
      return await sync.asking((relay, token) => relay.accesses(sync.record, token, after))
    },
    judge: (child, last, page) => this.records.ask({ do: 'read-accesses', child, last, page }),
    now,
  })

  /** When somebody asked about the cards that were made here. */
  get cardLog(): AccessLog {
    return this.#cards.log
  }

  #cardsOf(person: Person | null): Cards {
    const ports = {
      box: <T>(name: string) => this.vault.box<T>(name),
      put: (name: string, box: unknown) => this.write({ put: [[name, box]] }),
      ask: ((request) => this.records.ask(request)) as Records['ask'],
      relay: this.relay,
      today,
      now,
    }
    return new Cards(ports, person?.id ?? '')
  }

  readonly openedHere = new OpenedHere({
    boxOf: (child) => this.#openedBox(child),
    kept: (box) => this.vault.box<Opened[]>(box),
    keep: (box, list) => this.vault.write({ put: [[box, list]] }),
    send: async (child, box, opened) => {
      const sync = await this.startSync(child)
      // Somebody else took the tablet meanwhile: it is told when whoever opened it is there again.
      if (box !== this.#openedBox(child)) throw new Failure('not-allowed', 'opened by somebody else')
      await sync.asking((relay, token) => relay.tellOpened(sync.record, token, opened))
    },
    now,
  })

  /** On a shared tablet each person's own: nobody tells in a colleague's name. */
  #openedBox(child: number): string {
    return openedBox(child, this.#person?.id ?? '')
  }

  constructor(vault: Vault, tabs: Tabs) {
    this.vault = vault
    this.tabs = tabs
  }

  // ---- what the vault holds, with or without the right to write

  async load(): Promise<void> {
    this.#settings = { ...FIRST_SETTINGS, ...(await this.vault.box<Settings>('settings')) }
    app.locale = this.#settings.locale
    app.hasReturnCode = this.#settings.returnCode !== null
    await this.vault.lookForLock()
    const lock = await this.vault.box<LockBox>('lock')
    app.lock = lock === undefined ? null : { hasPasskey: lock.passkey !== null, minutes: lock.minutes }
    const kit = this.vault.isShut ? undefined : await this.vault.box<KitBox>('kit')
    app.kit = kit === undefined ? null : kitState(kit)
    app.station = this.vault.isShut ? null : await readStation(this.vault, this.#person?.id ?? null)
    const boxes = this.vault.isShut ? [] : await this.#boxes()
    const screens = [...(await this.vault.boxes<Cached>('cache/')).entries()].map(([name, cached]) => ({
      number: Number(name.slice('cache/'.length)),
      record: cached.record ?? '',
    }))
    // What only its first screen is kept of is shown as well: no lock closes it.
    // On a shared tablet only while it is handed over: a handed-over screen outlives whoever handed it over.
    const hidden = app.station !== null && this.#settings.handedOver === null
    const only = hidden ? [] : screens.filter(({ number }) => !boxes.some((box) => box.number === number))
    const all = [...boxes, ...only].sort((a, b) => a.number - b.number)
    app.children = await Promise.all(all.map((box) => this.#summary(box, only.includes(box))))
  }

  /** The children whose keys are at hand: all, but on a shared tablet those of whoever is there. */
  async #boxes(): Promise<ChildBox[]> {
    const all = [...(await this.vault.boxes<ChildBox>('child/')).values()]
    return all.flatMap((box) => {
      const secret = box.secret.length > 0 ? box.secret : this.#person?.secrets.get(box.number)
      return secret === undefined ? [] : [{ ...box, secret }]
    })
  }

  get settings(): Settings {
    return this.#settings
  }

  async saveSettings(change: Partial<Settings>): Promise<void> {
    await this.write({ put: [this.settingsBox(change)] })
    this.#settings = { ...this.#settings, ...change }
    app.hasReturnCode = this.#settings.returnCode !== null
  }

  settingsBox(change: Partial<Settings>): readonly [string, Settings] {
    return ['settings', { ...this.#settings, ...change }]
  }

  /** After a write that carried `settingsBox(change)`. */
  adoptSettings(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change }
  }

  async write(change: VaultChange): Promise<void> {
    await this.vault.write(change)
    this.tabs.tell({ kind: 'changed' })
  }

  async cached(number: number): Promise<Cached | undefined> {
    return this.vault.box<Cached>(`cache/${number}`)
  }

  async made(number: number): Promise<Made[]> {
    return (await this.vault.box<Made[]>(`made/${number}`)) ?? []
  }

  /** What somebody wrote too late, and was left as it is on this device. */
  async left(number: number): Promise<Hex[]> {
    return (await this.vault.box<Hex[]>(`left/${number}`)) ?? []
  }

  /** What was last read or written of a child, without waiting for the vault. */
  remembered(number: number): Remembered | undefined {
    return this.#remembered.get(number)
  }

  async remember(number: number): Promise<Remembered | undefined> {
    const [cached, made] = await Promise.all([this.cached(number), this.made(number)])
    if (cached === undefined) return undefined
    const kept = { cached, made }
    this.#remembered.set(number, kept)
    return kept
  }

  // ---- writing

  get isOpen(): boolean {
    return this.#records !== null
  }

  /** The records, if this tab is the one that writes. */
  get records(): Records {
    if (this.#records === null) throw new Failure(this.vault.isShut ? 'locked' : 'writer-elsewhere')
    return this.#records
  }

  async beginWriting(): Promise<void> {
    await this.vault.becomeWriter()
    if (!this.vault.isShut) await this.openRecords()
  }

  /** Needs an open lock, if there is one. */
  async openRecords(): Promise<void> {
    this.#records = new Records(this.vault, () => Core.start(), this.#person?.id ?? '')
    for (const box of await this.#boxes()) this.#records.add(box)
  }

  // ---- who is there, on a shared tablet

  /** Whoever unlocked it. */
  get person(): Person | null {
    return this.#person
  }

  /** From now on everything is read and written with this person's keys; `null`: with nobody's. */
  async become(person: Person | null): Promise<void> {
    // What is under way is under way with the keys of whoever was there.
    const syncs = [...this.#syncs.values()]
    for (const sync of syncs) sync.stop()
    this.#syncs.clear()
    await Promise.all(syncs.map((sync) => sync.ended()))
    await this.#records?.idle()
    const writes = this.#records !== null
    this.closeRecords()
    wipe(this.#person)
    this.#person = person
    this.#cards.end()
    this.#cards = this.#cardsOf(person)
    this.#remembered.clear()
    app.open = null
    if (writes) await this.openRecords()
    await this.load()
  }

  endWriting(): void {
    this.closeRecords()
    // The lock is opened in one tab at a time.
    this.vault.shut()
  }

  /** What the core holds in memory goes with it. */
  closeRecords(): void {
    for (const sync of this.#syncs.values()) sync.stop()
    this.#syncs.clear()
    this.#records?.stop()
    this.#records = null
  }

  stopSync(number: number): void {
    this.#syncs.get(number)?.stop()
    this.#syncs.delete(number)
  }

  /** With a lock, the card as it stands is kept outside of it. */
  async keepCard(number: number): Promise<void> {
    if (!this.vault.hasLock || this.#records === null) return
    const card = await this.#records.ask({ do: 'card', child: number, host: location.host, today: today() }).catch(() => null)
    // A record too long for a card has none.
    if (card !== null) await this.write({ put: [[`kept-card/${number}`, card]] }).catch(() => undefined)
  }

  moment(): Moment {
    return { now: now(), today: today() }
  }

  /** Reads a child from its log and keeps it in step with the relay from now on. */
  async startSync(number: number): Promise<ChildSync> {
    const running = this.#syncs.get(number)
    if (running !== undefined) return running
    const records = this.records
    const reading = await records.read(number, today())
    await this.show(number, reading)
    let progress = await records.progress(number)
    let missing = missingIn(reading)
    // Looked at once for each news, so that two phones that manage never answer each other.
    let owesNothing = false
    const sync = new ChildSync(
      {
        record: reading.record,
        device: reading.device,
        progress: () => progress,
        sign: (nonce) => records.ask({ do: 'sign-challenge', child: number, nonce }),
        introduce: () => tellCertificates(this.vault, this.relay, number, reading.record),
        unsent: (limit) => this.vault.unsent(number, limit),
        countUnsent: () => this.vault.countUnsent(number),
        entriesByHash: (hashes) => this.vault.entriesByHash(number, hashes),
        genesis: async () => (await this.vault.entriesByHash(number, [reading.record]))[0] ?? null,
        markRegistered: async () => {
          await records.markRegistered(number)
          progress = await records.progress(number)
        },
        markKnown: async (known) => {
          await records.markKnown(number, known)
          progress = await records.progress(number)
        },
        markSettled: (accepted, refused) =>
          records.settle([
            ...accepted.map((hash) => ({ child: number, hash, now: 'sent' as const })),
            ...refused.map((hash) => ({ child: number, hash, now: 'refused' as const })),
          ]),
        relayForgot: async () => {
          await records.resend(number)
          progress = await records.progress(number)
        },
        receive: async (pulled) => {
          const reading = await records.receive(number, pulled.entries, { cursor: pulled.cursor, scope: pulled.scope }, this.moment())
          progress = await records.progress(number)
          missing = missingIn(reading)
          owesNothing = false
          await this.show(number, reading)
        },
        missing: () => missing,
        complete: async () => {
          if (owesNothing) return false
          owesNothing = true
          // What cannot be made now is owed still, by whoever manages and hears of it.
          const reading = await records.complete(number, this.moment()).catch(() => null)
          if (reading !== null) await this.show(number, reading)
          return reading !== null
        },
        markRemoved: async (removed) => {
          await records.markRemoved(number, removed)
          progress = await records.progress(number)
          await this.refresh(number)
        },
        now,
        online: isOnline,
        report: (status) => {
          this.#reportSync(number, status)
          if (status.kind !== 'synced') return
          this.openedHere.tell(number).catch(unlessLocked)
          this.accessLog.readWhenDue(number).catch(unlessLocked)
          this.cardLog.readWhenDue(number).catch(unlessLocked)
        },
      },
      this.relay,
    )
    this.#syncs.set(number, sync)
    sync.wake()
    return sync
  }

  wakeAll(): void {
    for (const sync of this.#syncs.values()) sync.wake()
    for (const child of app.children) void this.#tellOfCards(Number(child.id), child.outOfDate)
  }

  wake(number: number): void {
    this.#syncs.get(number)?.wake()
  }

  // ---- showing

  /** A new reading, wherever the child is shown. */
  async show(number: number, reading: Reading): Promise<void> {
    const id = String(number)
    if (await this.#isYetToCome(number, reading)) {
      await this.refresh(number)
      return
    }
    const cached = toCache(reading, await this.records.asides(number))
    const made = await this.made(number)
    this.#remembered.set(number, { cached, made })
    this.#put(await this.#summaryOf({ number, record: reading.record }, cached, made))
    this.#tellOfCards(number, outOfDateOf(made, cached), recalled(reading.view)).catch(unlessLocked)
    this.keepCard(number).catch(unlessLocked)
    await this.#dropScreensOf(number, reading.record)
    if (app.open?.id === id) {
      app.open = {
        ...app.open,
        device: reading.device,
        first: reading.first,
        view: reading.view,
        rights: reading.rights,
        glass: reading.glass,
        differences: differences(reading.view),
        made,
      }
    }
    this.tabs.tell({ kind: 'changed' })
  }

  /**
   * New keys, and nothing pulled with them so far: what was last read goes on being shown, as long as there is something. No
   * emergency screen becomes empty because the network is away.
   */
  async #isYetToCome(number: number, reading: Reading): Promise<boolean> {
    if (this.#person !== null || Object.keys(reading.rights).length > 0) return false
    const { cursor, registered } = await this.records.progress(number)
    return registered && cursor === 0 && (await this.remember(number)) !== undefined
  }

  /** The record is here again: what was kept of it without keys is not needed any more. */
  async #dropScreensOf(number: number, record: string): Promise<void> {
    const old = app.children.filter((child) => child.onlyScreen && child.record === record && child.id !== String(number))
    if (old.length === 0) return
    const names = old.flatMap(({ id }) => ['cache', 'made', 'photo', 'news', 'kept-card'].map((box) => `${box}/${id}`))
    await this.write({ remove: names })
    app.children = app.children.filter((child) => !old.includes(child))
  }

  /** What is listed about a child changed, not the record. */
  async refresh(number: number): Promise<void> {
    const box = await this.vault.box<ChildBox>(`child/${number}`)
    if (box !== undefined) this.#put(await this.#summary(box))
    if (app.open?.id === String(number)) app.open = { ...app.open, made: await this.made(number) }
    this.tabs.tell({ kind: 'changed' })
  }

  /** Only the tab that writes may sign. */
  async #tellOfCards(number: number, outOfDate: Made[], taken: FactId[] = []): Promise<void> {
    if (this.#records !== null) await this.#cards.tell(number, outOfDate, taken)
  }

  async announceCards(number: number): Promise<void> {
    if (this.#records !== null) await this.#cards.announce(number)
  }

  #put(summary: ChildSummary): void {
    const others = app.children.filter((child) => child.id !== summary.id)
    app.children = [...others, summary].sort((a, b) => Number(a.id) - Number(b.id))
  }

  async #summary(box: { number: number; record: string }, onlyScreen = false): Promise<ChildSummary> {
    const kept = await this.remember(box.number)
    return this.#summaryOf(box, kept?.cached, kept?.made ?? [], onlyScreen)
  }

  async #summaryOf(box: { number: number; record: string }, cached: Cached | undefined, made: Made[], onlyScreen = false): Promise<ChildSummary> {
    const [photo, news, unsent, progress, left, seen, grown] = await Promise.all([
      this.vault.box<Uint8Array>(`photo/${box.number}`),
      this.vault.box<number>(`news/${box.number}`),
      this.vault.countUnsent(box.number),
      // Behind the lock, and no lock closes a first screen.
      this.vault.isShut ? undefined : this.vault.box<Progress>(progressBox(box.number, this.#person?.id ?? '')),
      this.vault.isShut ? [] : this.left(box.number),
      this.vault.box<string[]>(`glass-seen/${box.number}`),
      this.vault.isShut ? undefined : this.vault.box<LocalDate>(`grown/${box.number}`),
    ])
    const id: ChildId = String(box.number)
    const before = app.children.find((child) => child.id === id)?.sync
    return {
      id,
      record: box.record,
      name: cached === undefined ? '' : nameOf(cached.first),
      birthDate: cached === undefined ? '' : birthDateOf(cached.first),
      photo: photo === undefined ? null : new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }),
      changedAt: cached?.changedAt ?? null,
      news: news ?? 0,
      differences: cached?.differences ?? 0,
      apart: cached?.apart ?? 0,
      late: countLate(cached, left),
      removed: progress?.removed ?? false,
      grownPutOff: grown ?? null,
      openings: unseen(cached?.openings ?? [], seen ?? []),
      outOfDate: cached === undefined ? [] : outOfDateOf(made, cached),
      canEdit: cached !== undefined && !onlyScreen && canEdit(cached.rights),
      sync: before ?? { kind: 'never', queued: unsent },
      onlyScreen,
    }
  }

  #reportSync(number: number, sync: SyncStatus): void {
    app.children = app.children.map((child) => (child.id === String(number) ? { ...child, sync } : child))
  }
}

/** What was taken out of somebody's locker. */
export interface Person {
  id: string
  /** The locker's own keys. */
  locker: Uint8Array
  /** By number of a child: secret keys in its record. */
  secrets: Map<number, Uint8Array>
}

function wipe(person: Person | null): void {
  person?.locker.fill(0)
  for (const secret of person?.secrets.values() ?? []) secret.fill(0)
}

interface Remembered {
  cached: Cached
  made: Made[]
}

/** Of what nobody waits for: the lock may shut while it is under way. Anything else is a fault. */
function unlessLocked(error: unknown): void {
  if (asFailure(error).code !== 'locked') throw error
}

/** Names what others mention and this device never received; and says whether something waits for what never came, as a key. */
function missingIn({ integrity }: Reading): string {
  const chunks = integrity.missing.map(({ chunk }) => chunk).sort()
  return [...chunks, ...(integrity.waiting.length > 0 ? ['waiting'] : [])].join()
}
