/** Inviting somebody in another town, as people do it: a message, a telephone call. And who reads the messages. */
import { loadVault, type FarInvitation, type Vault } from "../vectors/wasm"
import { testids as t } from "../testids"
import { opensApp, opensChild } from "./family"
import type { Person } from "./person"

/** She agrees to what they will see, and has a link to send. Her phone stays on the invitation's page. */
export async function invitesFar(mother: Person, child: string, who: string, name: string): Promise<string> {
  await opensChild(mother, child)
  await mother.presses(t.child.toPeople)
  await mother.presses(t.people.add)
  await mother.presses(t.invite.who, { who })
  await (await mother.sees(t.invite.name)).fill(name)
  await mother.presses(t.invite.next)
  await mother.presses(t.invite.far)
  await mother.find(t.far.stage, { stage: "waiting" }).waitFor({ state: "attached" })
  const url = await (await mother.sees(t.far.link)).getAttribute("data-url")
  if (url === null) throw new Error("there is no link")
  return url
}

/** Opens what came by the messenger, and begins. */
export async function takesUp(guest: Person, url: string): Promise<void> {
  const { pathname, search, hash } = new URL(url)
  await opensApp(guest, pathname + search + hash)
  await guest.presses(t.join.begin)
}

/** The four words on the guest's screen, as heard on the telephone. */
export async function readsAloud(guest: Person): Promise<string[]> {
  await guest.find(t.join.stage, { stage: "words" }).waitFor({ state: "attached", timeout: 60_000 })
  return await guest.find(t.join.word).evaluateAll((words) => words.map((word) => word.getAttribute("data-word") ?? ""))
}

/** Types what she heard, and lets it be checked. */
export async function typesWords(mother: Person, words: readonly string[]): Promise<void> {
  await mother.find(t.far.stage, { stage: "answered" }).waitFor({ state: "attached", timeout: 60_000 })
  for (const [at, word] of words.entries()) await mother.find(t.far.word).nth(at).fill(word)
  await mother.presses(t.far.check)
}

/** Owns the messenger and can speak to the mailbox: keys of his own on both sides. */
export class ManInBetween {
  private constructor(
    private readonly vault: Vault,
    private readonly mailboxes: string,
    private readonly own: FarInvitation,
  ) {}

  static async at(relayPort: number, record: string): Promise<ManInBetween> {
    const vault = await loadVault()
    return new ManInBetween(vault, `http://127.0.0.1:${relayPort.toString()}/v1/invitations`, vault.FarInvitation.begin(record))
  }

  /** What he sends on in place of the mother's link. */
  replaces(url: string): string {
    const { link } = JSON.parse(this.own.place()) as { link: string }
    return url.replace(/[0-9a-f]{64}$/u, link)
  }

  /** Answers the mother with keys of his own. */
  async answers(url: string): Promise<void> {
    const link = url.slice(-64)
    const keys = this.vault.Child.publicKeys(this.vault.Child.generateKeys())
    await this.leaves(mailboxOf(this.vault.far_place(link)), 1, this.vault.far_reply(link, keys))
  }

  /** Answers the mother with nonsense. */
  async answersNonsense(url: string): Promise<void> {
    await this.leaves(mailboxOf(this.vault.far_place(url.slice(-64))), 1, new Uint8Array([1, 2, 3]))
  }

  /** Calls his own link off, or is the first to open it. */
  async takesBack(): Promise<void> {
    await this.leaves(mailboxOf(this.own.place()), 2, new Uint8Array())
  }

  async opensFirst(): Promise<void> {
    await this.leaves(mailboxOf(this.own.place()), 1, new Uint8Array([1]))
  }

  /** Shows the guest, who answered, what belongs to his own link; later the record it leads to. */
  async showsOwn(slot: 2 | 3): Promise<void> {
    const { link, mailbox } = JSON.parse(this.own.place()) as { link: string; mailbox: string }
    const slot1 = new Uint8Array(await (await fetch(`${this.mailboxes}/${mailbox}/1`)).arrayBuffer())
    const met = this.vault.FarMet.read(this.own.keep(), slot1)
    const shown = met.shown()
    await this.leaves(mailbox, slot, slot === 2 ? shown : met.compare(this.vault.far_words(link, slot1, shown)).answer())
  }

  /** Shows the guest what nobody's keys made. */
  async showsNonsense(): Promise<void> {
    await this.leaves(mailboxOf(this.own.place()), 2, new Uint8Array([1, 2, 3]))
  }

  /** What lies for whoever answered the mother: 204 if nothing does. */
  async statusOf(url: string, slot: number): Promise<number> {
    return (await fetch(`${this.mailboxes}/${mailboxOf(this.vault.far_place(url.slice(-64)))}/${slot.toString()}`)).status
  }

  private async leaves(mailbox: string, slot: number, message: Uint8Array): Promise<void> {
    const answer = await fetch(`${this.mailboxes}/${mailbox}/${slot.toString()}`, { method: "PUT", body: new Uint8Array(message) })
    if (!answer.ok) throw new Error(`the mailbox says ${answer.status.toString()}`)
  }
}

function mailboxOf(place: string): string {
  return (JSON.parse(place) as { mailbox: string }).mailbox
}
