/**
 * WebKitGTK, the engine nearest to Safari that runs here, through its own driver and the plain WebDriver protocol.
 * The window is drawn on a virtual screen.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Browser } from "playwright-core"
import { cutOut, type Place } from "./pictures"
import { freePort } from "./ports"

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

export class WebKit {
  private constructor(
    private readonly session: string,
    private readonly processes: ChildProcess[],
  ) {}

  /** A fresh browser without a past. It sees `relayPort` directly. */
  static async open(size: { width: number; height: number }): Promise<WebKit> {
    const { child: screen, display } = await virtualScreen()
    const port = await freePort()
    const driver = spawn("WebKitWebDriver", [`--port=${port.toString()}`], {
      env: { ...process.env, DISPLAY: display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", LANG: "C.UTF-8", LANGUAGE: "ja" },
      stdio: "ignore",
    })
    const processes = [driver, screen]
    try {
      const base = `http://127.0.0.1:${port.toString()}`
      await until(async () => (await fetch(`${base}/status`)).ok, "WebKitWebDriver to answer")
      const binary = miniBrowser()
      const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args: ["--automation"] } } }
      const created = (await call("POST", `${base}/session`, { capabilities })) as { sessionId: string }
      const webkit = new WebKit(`${base}/session/${created.sessionId}`, processes)
      await webkit.post("window/rect", { ...size, x: 0, y: 0 })
      return webkit
    } catch (error) {
      for (const child of processes) child.kill()
      throw error
    }
  }

  async opens(url: string): Promise<void> {
    await this.post("url", { url })
  }

  /** Runs a function body in the page; a promise it returns is awaited. */
  async evaluate<T>(body: string, ...args: unknown[]): Promise<T> {
    const script = `const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);
      (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) }))`
    const outcome = (await this.post("execute/async", { script, args })) as { value?: T; error?: string }
    if (outcome.error !== undefined) throw new Error(outcome.error)
    return outcome.value as T
  }

  /** Waits until an element is there and visible. */
  async sees(testid: string): Promise<string> {
    return await until(async () => {
      const found = (await this.post("elements", { using: "css selector", value: `[data-testid="${testid}"]` })) as Record<string, string>[]
      for (const element of found) {
        const id = element[ELEMENT]
        if (id !== undefined && (await this.get(`element/${id}/displayed`)) === true) return id
      }
      return undefined
    }, `${testid} to be seen`)
  }

  async presses(testid: string): Promise<void> {
    const id = await this.sees(testid)
    await this.post(`element/${id}/click`, {})
  }

  async types(testid: string, text: string): Promise<void> {
    const id = await this.sees(testid)
    await this.post(`element/${id}/clear`, {})
    await this.post(`element/${id}/value`, { text })
  }

  /** Waits until a condition in the page (a function body that returns true) holds. */
  async until(body: string, what: string, ...args: unknown[]): Promise<void> {
    await until(async () => await this.evaluate<boolean>(body, ...args), what, 60)
  }

  async reads(testid: string): Promise<string> {
    const id = await this.sees(testid)
    return String(await this.get(`element/${id}/text`))
  }

  /** Waits until an element, seen or not, has this attribute. */
  async attribute(testid: string, name: string): Promise<string> {
    return await until(async () => {
      const found = await this.evaluate<string | null>(`return document.querySelector('[data-testid="' + args[0] + '"]')?.getAttribute(args[1]) ?? null`, testid, name)
      return found ?? undefined
    }, `${name} of ${testid}`)
  }

  async picture(): Promise<Buffer> {
    return Buffer.from(String(await this.get("screenshot")), "base64")
  }

  /**
   * A close-up of one element, as another phone's camera would be held before it: cut out of a picture of the whole screen,
   * because WebKitGTK's own pictures of single elements are half black. Taken again, after the page has painted again, until
   * one is `whole`.
   */
  async photographOf(testid: string, studio: Browser, whole: (picture: Buffer) => Promise<boolean>): Promise<Buffer> {
    const PICTURES = 10
    await this.sees(testid)
    for (let taken = 0; taken < PICTURES; taken += 1) {
      const place = await this.evaluate<Place>(`const element = document.querySelector('[data-testid="' + args[0] + '"]')
        element.scrollIntoView({ block: "center" })
        for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame)
        const { x, y, width, height } = element.getBoundingClientRect()
        return { x, y, width, height, screen: innerWidth }`, testid)
      const picture = await cutOut(await this.picture(), place, studio)
      if (await whole(picture)) return picture
    }
    throw new Error(`${testid} was never painted whole in ${PICTURES.toString()} pictures`)
  }

  async close(): Promise<void> {
    await call("DELETE", this.session).catch(() => undefined)
    for (const child of this.processes) {
      const gone = once(child, "exit")
      if (child.kill()) await gone
    }
  }

  private async get(path: string): Promise<unknown> {
    return await call("GET", `${this.session}/${path}`)
  }

  private async post(path: string, body: unknown): Promise<unknown> {
    return await call("POST", `${this.session}/${path}`, body)
  }
}

async function call(method: string, url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: unknown }
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value).slice(0, 500)}`)
  return value
}

async function until<T>(condition: () => Promise<T | undefined | false>, what: string, seconds = 30): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const found = await condition().catch(() => undefined)
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited ${seconds.toString()} s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Xvfb chooses a free display itself and writes its number once it is ready. */
async function virtualScreen(): Promise<{ child: ChildProcess; display: string }> {
  const child = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] })
  const pipe = child.stdio[3]
  if (pipe === null || pipe === undefined || !("on" in pipe)) throw new Error("no pipe to Xvfb")
  const lines = createInterface({ input: pipe as NodeJS.ReadableStream })
  const [number] = (await once(lines, "line")) as [string]
  return { child, display: `:${number.trim()}` }
}

function miniBrowser(): string {
  const lib = "/usr/lib"
  const found = readdirSync(lib)
    .flatMap((machine) => ["4.1", "4.0"].map((version) => join(lib, machine, `webkit2gtk-${version}/MiniBrowser`)))
    .find((path) => existsSync(path))
  if (found === undefined) throw new Error("WebKitGTK's MiniBrowser is not installed")
  return found
}
