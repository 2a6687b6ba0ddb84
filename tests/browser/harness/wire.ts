/**
 * What one browser has for a network: every connection passes here, is recorded byte for byte, and can be cut,
 * service worker and WebSocket included. The browser's own "offline" switch is only a hint to the page.
 */
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { listens, ties } from "./ports"

export class Wire {
  /** Everything this browser ever sent, in order. */
  readonly sent: Buffer[] = []
  /** What it tried to send while the wire was cut. It got no answer. */
  readonly attempted: Buffer[] = []
  /** Bytes towards the browser, bodies and headers. */
  received = 0
  private readonly sockets = new Set<Socket>()
  private isCut = false

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(relayPort: number): Promise<Wire> {
    const server = createServer()
    const port = await listens(server)
    const wire = new Wire(server, port)
    server.on("connection", (browser) => { wire.carry(browser, relayPort) })
    return wire
  }

  cut(): void {
    this.isCut = true
    for (const socket of this.sockets) socket.destroy()
    this.sockets.clear()
  }

  mend(): void {
    this.isCut = false
  }

  /** Does any of these texts occur in what was sent, plainly or in one of the usual spellings? */
  hasSent(texts: string[]): string[] {
    const all = Buffer.concat([...this.sent, ...this.attempted])
    return texts.filter((text) => spellings(text).some((spelling) => all.includes(spelling)))
  }

  /** Request lines in the order sent: "GET /c". */
  requests(): string[] {
    const all = Buffer.concat(this.sent).toString("latin1")
    return [...all.matchAll(/^(GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS) (\S+) HTTP\/1\.1\r$/gm)].map((match) => `${match[1] ?? ""} ${match[2] ?? ""}`)
  }

  async close(): Promise<void> {
    if (!this.server.listening) return
    this.cut()
    const closed = once(this.server, "close")
    this.server.close()
    await closed
  }

  private carry(browser: Socket, relayPort: number): void {
    if (this.isCut) {
      browser.on("error", () => undefined)
      browser.once("data", (bytes: Buffer) => {
        this.attempted.push(bytes)
        browser.destroy()
      })
      return
    }
    const relay = connect(relayPort, "127.0.0.1")
    ties(browser, relay, this.sockets)
    browser.pipe(relay).pipe(browser)
    browser.on("data", (bytes: Buffer) => this.sent.push(bytes))
    relay.on("data", (bytes: Buffer) => { this.received += bytes.length })
  }
}

/** UTF-8, percent-encoded, JSON-escaped, base64 and hex: the ways in which a text leaves by accident. */
function spellings(text: string): Buffer[] {
  const utf8 = Buffer.from(text, "utf8")
  const escaped = JSON.stringify(text).slice(1, -1)
  const unicode = [...escaped].map((c) => ((c.codePointAt(0) ?? 0) > 0x7e ? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}` : c)).join("")
  // Base64 at each of the three alignments, less the characters that depend on the neighbours.
  const base64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), utf8]).toString("base64").slice(shift === 0 ? 0 : 4, -4))
  const texts = [encodeURIComponent(text), unicode, utf8.toString("hex"), ...base64.filter((part) => part.length >= 8)]
  return [utf8, Buffer.from(text, "utf16le"), ...texts.map((spelling) => Buffer.from(spelling, "latin1"))]
}
