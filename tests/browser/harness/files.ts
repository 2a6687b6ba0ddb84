/** Where things lie. */
import { mkdirSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..")
export const target = process.env["CARGO_TARGET_DIR"] ? resolve(root, process.env["CARGO_TARGET_DIR"]) : join(root, "target")

/** What a person may want to look at after a run: screenshots, printed sheets, logs of the relay. */
export function kept(name: string): string {
  const folder = join(target, "browser")
  mkdirSync(folder, { recursive: true })
  return join(folder, name)
}

export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(process.env["OMAMORI_TEST_FOLDER"] ?? tmpdir(), `${purpose}-`))
}
