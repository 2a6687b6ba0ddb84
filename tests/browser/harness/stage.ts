/** Begins and ends what a file of scenarios shares: one relay, one browser that draws what cameras see, the people. */
import { chromium, type Browser } from "playwright-core"
import { afterAll, afterEach, beforeAll } from "vitest"
import { Camera } from "./camera"
import { kept } from "./files"
import { executablePath, Person, type PersonOptions } from "./person"
import { Relay } from "./relay"

/** When a scenario fails, what everybody saw at that moment is kept under `target/browser/`. */
export function keepPicturesOfFailures(stage: () => Stage | undefined): void {
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await stage()?.photographEverybody(task.name)
  })
}

/** What all scenarios of a file begin with, on one stage; it is cleared after them. */
export function onStage(set: (stage: Stage) => Promise<void>): void {
  let stage: Stage | undefined
  keepPicturesOfFailures(() => stage)
  beforeAll(async () => {
    stage = await Stage.set()
    await set(stage)
  })
  afterAll(async () => { await stage?.end() })
}

export class Stage {
  private readonly people: Person[] = []

  private constructor(
    readonly relay: Relay,
    readonly studio: Browser,
  ) {}

  /** `release`: the relay as it is shipped, for measuring. `app`: what it serves, unless the app with the samples. */
  static async set(options: { release?: boolean; app?: string } = {}): Promise<Stage> {
    const launch = { ...(executablePath === undefined ? {} : { executablePath }), args: ["--no-sandbox", "--disable-gpu"] }
    const [relay, studio] = await Promise.all([Relay.start(options), chromium.launch(launch)])
    return new Stage(relay, studio)
  }

  async person(name: string, options: PersonOptions = {}): Promise<Person> {
    const person = await Person.with(name, options.relayPort ?? this.relay.port, options)
    this.people.push(person)
    return person
  }

  async camera(): Promise<Camera> {
    return await Camera.over(this.studio)
  }

  async photographEverybody(title: string): Promise<void> {
    const pages = this.people.flatMap((person) => person.context.pages().map((page, tab) => ({ person, page, tab })))
    await Promise.all(
      pages.map(async ({ person, page, tab }) => {
        const name = `FAILED ${title.slice(0, 60)} - ${person.name} ${tab.toString()}.png`.replace(/[^\w .-]/g, "_")
        await page.screenshot({ path: kept(name), timeout: 5000 }).catch(() => undefined)
      }),
    )
  }

  /** Everybody goes home. What a page threw and nobody caught, or the content policy refused, is the scenario's failure. */
  async end(): Promise<void> {
    const troubles = this.people.flatMap((person) => person.troubles.map((trouble) => `${person.name}: ${trouble}`))
    await Promise.all(this.people.map(async (person) => { await person.leaves().catch(() => undefined) }))
    await this.studio.close()
    await this.relay.stop()
    if (troubles.length > 0) throw new Error(`pages had troubles:\n${troubles.join("\n")}`)
  }
}
