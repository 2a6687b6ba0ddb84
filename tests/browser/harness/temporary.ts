import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** One folder for everything that a run leaves lying about: profiles, databases, camera frames. Gone when the run ends. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "omamori-tests-"))
  process.env["OMAMORI_TEST_FOLDER"] = folder
  return () => { rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) }
}
