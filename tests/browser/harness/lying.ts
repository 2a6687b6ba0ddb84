/**
 * A relay that lies to whoever is connected through it: it keeps back what it is told to, and says that this was all. Everything else
 * it passes on as it is.
 */
import { once } from "node:events"
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { connect, type Socket } from "node:net"
import { listens, ties } from "./ports"

/** The relay's page of entries: a CBOR map whose last key is `entries`, an array of `[number, kind, bytes]`. */
const ENTRIES = Buffer.from("gentries", "latin1")
/** The kind of an entry that carries keys to one device. */
const KEYS = 3

export class LyingRelay {
  /** The numbers of what it keeps back. */
  readonly keptBack = new Set<number>()
  private keeps: (kind: number) => boolean = () => false
  private readonly sockets = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly relayPort: number,
    readonly port: number,
  ) {}

  static async before(relayPort: number): Promise<LyingRelay> {
    const server = createServer()
    const port = await listens(server)
    const liar = new LyingRelay(server, relayPort, port)
    server.on("request", (asked, answer) => { liar.passOn(asked, answer) })
    server.on("upgrade", (asked, browser: Socket, head: Buffer) => { liar.joins(asked, browser, head) })
    return liar
  }

  /** Whatever comes from now on is not there, for this phone. */
  keepsBackWhatComes(): void {
    this.keeps = () => true
  }

  /** Whatever is said from now on arrives, under whichever key; the keys that are sent to this phone do not. */
  keepsBackKeys(): void {
    this.keeps = (kind) => kind === KEYS
  }

  /** What is kept back stays so; all that comes from now on is passed on. */
  passesOnTheRest(): void {
    this.keeps = () => false
  }

  tellsTheTruth(): void {
    this.keeps = () => false
    this.keptBack.clear()
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    const closed = once(this.server, "close")
    this.server.close()
    this.server.closeAllConnections()
    await closed
  }

  private passOn(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = asked
    const relay = request({ port: this.relayPort, host: "127.0.0.1", method, path: url, headers }, (said) => {
      const parts: Buffer[] = []
      said.on("data", (part: Buffer) => parts.push(part))
      said.on("end", () => {
        const body = isPull(asked) && said.statusCode === 200 ? this.told(Buffer.concat(parts)) : Buffer.concat(parts)
        if (said.headers["content-length"] !== undefined) said.headers["content-length"] = body.length.toString()
        answer.writeHead(said.statusCode ?? 502, said.headers).end(body)
      })
    })
    relay.on("error", () => answer.destroy())
    asked.pipe(relay)
  }

  private told(page: Buffer): Buffer {
    const at = page.lastIndexOf(ENTRIES)
    if (at < 0) return page
    const entries = entriesOf(page, at + ENTRIES.length)
    for (const { number, kind } of entries) if (this.keeps(kind)) this.keptBack.add(number)
    const passed = entries.filter(({ number }) => !this.keptBack.has(number))
    return Buffer.concat([page.subarray(0, at), ENTRIES, Buffer.from([0x9f]), ...passed.map(({ bytes }) => bytes), Buffer.from([0xff])])
  }

  /** The live line only says that there is news. */
  private joins(asked: IncomingMessage, browser: Socket, head: Buffer): void {
    const relay = connect(this.relayPort, "127.0.0.1", () => {
      const lines = asked.rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${asked.rawHeaders[i + 1] ?? ""}`] : []))
      relay.write(`${asked.method ?? "GET"} ${asked.url ?? "/"} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`)
      relay.write(head)
      relay.pipe(browser).pipe(relay)
    })
    ties(browser, relay, this.sockets)
  }
}

function isPull({ method, url }: IncomingMessage): boolean {
  return method === "GET" && url?.includes("/entries?after=") === true
}

/** The items of a CBOR array that begins there. */
function entriesOf(page: Buffer, begin: number): { number: number; kind: number; bytes: Buffer }[] {
  const array = head(page, begin)
  const entries: ReturnType<typeof entriesOf> = []
  for (let at = array.end, left = array.value; left > 0; left--) {
    const number = head(page, head(page, at).end)
    const kind = head(page, number.end)
    const content = head(page, kind.end)
    const end = content.end + content.value
    entries.push({ number: number.value, kind: kind.value, bytes: page.subarray(at, end) })
    at = end
  }
  return entries
}

/** The number in the head of a CBOR item, and where the head ends. */
function head(bytes: Buffer, at: number): { value: number; end: number } {
  const short = bytes.readUInt8(at) & 31
  if (short < 24) return { value: short, end: at + 1 }
  const length = 1 << (short - 24)
  return { value: length === 8 ? Number(bytes.readBigUInt64BE(at + 1)) : bytes.readUIntBE(at + 1, length), end: at + 1 + length }
}
