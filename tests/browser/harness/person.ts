/** A person with a phone: one browser profile on disk, one wire to the relay, perhaps a camera. */
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { chromium, type BrowserContext, type Locator, type Page } from "playwright-core"
import type { Camera } from "./camera"
import { temporaryFolder } from "./files"
import { Wire } from "./wire"

export const PHONE = { width: 390, height: 844 }
export const DESK = { width: 1280, height: 800 }

/** The one origin everybody knows, whatever ports the wires have. Cards carry it, so it may not change between runs. */
export const ORIGIN = "http://localhost:8480"

/** `localhost` without the browser's own traffic, and without what a container cannot give. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--use-fake-ui-for-media-stream",
]

export const executablePath = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
  .flatMap((name) => (process.env["PATH"] ?? "").split(":").map((folder) => `${folder}/${name}`))
  .find((path) => existsSync(path))

export interface PersonOptions {
  camera?: Camera
  /** Continue with this profile: the same phone, later. */
  profile?: string
  viewport?: { width: number; height: number }
  locale?: "ja-JP" | "en-GB"
  /** Over TLS, trusting the certificate with this pin. */
  pin?: string
  /** Another relay than everybody's, or one that stands before it. */
  relayPort?: number
  /** Device pixels per CSS pixel: 2 for a screen that will be photographed. */
  sharpness?: number
}

export class Person {
  /** Errors of the page that nobody caught, and what the content security policy refused. */
  readonly troubles: string[] = []

  private constructor(
    readonly name: string,
    readonly profile: string,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly wire: Wire,
    readonly origin: string,
  ) {}

  static async with(name: string, relayPort: number, options: PersonOptions = {}): Promise<Person> {
    const profile = options.profile ?? temporaryFolder(`profile-${name}`)
    const wire = await Wire.to(relayPort)
    const args = [...FLAGS, `--host-resolver-rules=MAP ${new URL(ORIGIN).host} 127.0.0.1:${wire.port.toString()}`]
    if (options.pin !== undefined) args.push(`--ignore-certificate-errors-spki-list=${options.pin}`)
    if (options.camera !== undefined) {
      args.push("--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${options.camera.file}`)
    }
    const context = await chromium.launchPersistentContext(profile, {
      ...(executablePath === undefined ? {} : { executablePath }),
      args,
      viewport: options.viewport ?? PHONE,
      deviceScaleFactor: options.sharpness ?? 1,
      locale: options.locale ?? "ja-JP",
      permissions: options.camera === undefined ? [] : ["camera"],
      serviceWorkers: "allow",
    })
    const page = context.pages()[0] ?? (await context.newPage())
    const origin = options.pin === undefined ? ORIGIN : ORIGIN.replace("http:", "https:")
    const person = new Person(name, profile, context, page, wire, origin)
    person.listenTo(page)
    return person
  }

  /** Opens an address of the app: "/" or "/#/scan" or "/c". */
  async opens(path: string): Promise<void> {
    await this.page.goto(`${this.origin}${path}`)
  }

  /** The same phone, another tab. */
  async tab(path: string): Promise<Person> {
    const page = await this.context.newPage()
    const tab = new Person(`${this.name}, other tab`, this.profile, this.context, page, this.wire, this.origin)
    this.listenTo(page)
    await tab.opens(path)
    return tab
  }

  find(testid: string, attributes: Record<string, string> = {}): Locator {
    const more = Object.entries(attributes).map(([name, value]) => `[data-${name}=${JSON.stringify(value)}]`)
    return this.page.locator(`[data-testid="${testid}"]${more.join("")}`)
  }

  /** Waits for it, then presses it. */
  async presses(testid: string, attributes: Record<string, string> = {}): Promise<void> {
    await this.find(testid, attributes).first().click()
  }

  /** A long press, held until something else stands there. */
  async holds(button: Locator, until: () => Promise<unknown>): Promise<void> {
    await button.scrollIntoViewIfNeeded()
    const box = await button.boundingBox()
    if (box === null) throw new Error("nothing to hold")
    await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await this.page.mouse.down()
    await until()
    await this.page.mouse.up()
  }

  async sees(testid: string, attributes: Record<string, string> = {}): Promise<Locator> {
    const found = this.find(testid, attributes).first()
    await found.waitFor({ state: "visible" })
    return found
  }

  /** No network at all: the wire is cut, and the browser is told so too. */
  async goesOffline(): Promise<void> {
    this.wire.cut()
    await this.context.setOffline(true)
  }

  async goesOnline(): Promise<void> {
    this.wire.mend()
    await this.context.setOffline(false)
  }

  /** Waits until a condition of the page holds. Never a pause. */
  async until<T>(condition: () => Promise<T | undefined | null | false>, what: string, seconds = 30): Promise<T> {
    const deadline = Date.now() + seconds * 1000
    for (;;) {
      const found = await condition()
      if (found !== undefined && found !== null && found !== false) return found
      if (Date.now() > deadline) throw new Error(`${this.name}: ${what} did not happen within ${seconds.toString()} s`)
      await this.page.waitForTimeout(50)
    }
  }

  /** The battery dies: every process of this browser is killed at once, nothing is flushed. */
  async killed(): Promise<void> {
    const gone = new Promise((resolve) => this.context.once("close", resolve))
    for (const pid of processesOf(this.profile)) process.kill(pid, "SIGKILL")
    await gone
    await this.wire.close()
  }

  async leaves(): Promise<void> {
    await this.context.close()
    await this.wire.close()
  }

  private listenTo(page: Page): void {
    page.on("pageerror", (error) => this.troubles.push(String(error)))
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) this.troubles.push(message.text())
    })
  }
}

/** The browser's processes that were started with this profile: they are ours. */
function processesOf(profile: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandLine(pid).includes(`--user-data-dir=${profile}`))
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid.toString()}/cmdline`, "latin1")
  } catch {
    return "" // It ended meanwhile.
  }
}
