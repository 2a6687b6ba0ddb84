/** The real relay, started as a process of its own, serving the real built app. */
import { spawn, type ChildProcess } from "node:child_process"
import { createHash, X509Certificate } from "node:crypto"
import { once } from "node:events"
import { cpSync, createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { kept, root, target, temporaryFolder } from "./files"

/** A relay's whole storage, from folder to folder, while it is not running. */
export function copyStorage(from: string, to: string): void {
  for (const name of readdirSync(to).filter((name) => name.startsWith("relay.db"))) rmSync(join(to, name))
  for (const name of readdirSync(from).filter((name) => name.startsWith("relay.db"))) cpSync(join(from, name), join(to, name))
}

export class Relay {
  private constructor(
    readonly port: number,
    readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  /** @param app what it serves, `appWithSamples()` unless told. `data` continues an earlier relay's database. */
  static async start(options: { app?: string; folder?: string; port?: number; release?: boolean; tls?: boolean } = {}): Promise<Relay> {
    const folder = options.folder ?? temporaryFolder("relay")
    const binary = join(target, options.release ? "release" : "debug", "omamori-relay")
    if (!existsSync(binary)) throw new Error(`${binary} is not built`)
    const app = options.app ?? appWithSamples()
    const listen = `127.0.0.1:${options.port ?? 0}`
    const tls = options.tls === true ? ["--tls-self-signed", join(folder, "tls")] : []
    const args = ["--listen", listen, "--data", join(folder, "relay.db"), "--app", app, ...tls]
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] })
    child.stderr.pipe(createWriteStream(kept("relay.log"), { flags: "a" }))
    const port = await listeningPort(child)
    return new Relay(port, folder, child)
  }

  /** The certificate it made for itself, by which a browser is told to trust it: SHA-256 of its public key, base64. */
  certificatePin(): string {
    const certificate = new X509Certificate(readFileSync(join(this.folder, "tls/cert.pem")))
    return createHash("sha256").update(certificate.publicKey.export({ type: "spki", format: "der" })).digest("base64")
  }

  /** Stopped, and started again at the same place after what happens in between. */
  async restarted(between: () => void): Promise<Relay> {
    await this.stop()
    between()
    return await Relay.start({ folder: this.folder, port: this.port })
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const gone = once(this.process, "exit")
    this.process.kill(signal)
    await gone
  }
}

async function listeningPort(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("the relay has no output")
  const lines = createInterface({ input: child.stdout })
  return await new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => { reject(new Error(`the relay ended with ${String(code)} before it listened`)) })
    // The line stays attached: an unread pipe would stop the relay one day.
    lines.on("line", (line) => {
      const port = /listening on https?:\/\/[^\s"]*:(\d+)/.exec(line)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
}

let samples: string | undefined

/** The built app with the four sample families beside it, as `cargo xtask demo` serves it. */
export function appWithSamples(): string {
  if (samples === undefined) {
    const folder = temporaryFolder("app")
    cpSync(join(root, "web-demo/dist"), folder, { recursive: true })
    samples = withSamples(folder)
  }
  return samples
}

/** Puts the four sample families beside a built app. */
export function withSamples(app: string): string {
  mkdirSync(join(app, "demo"), { recursive: true })
  writeFileSync(join(app, "demo/families.json"), JSON.stringify(sampleFamilies()))
  return app
}

/** The documents of `tests/cases`, in the open JSON form. */
export function sampleFamilies(): unknown[] {
  const folder = join(root, "tests/cases")
  const names = readdirSync(folder).filter((name) => name.endsWith(".json")).sort()
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown)
}
