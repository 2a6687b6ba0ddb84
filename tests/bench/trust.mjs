// Member removal in cojson (Jazz Classic, npm) beside ours, and our ledger checked in WebAssembly beside the same natively.
// Prints JSON lines {name, value, unit, reference, reference_value}.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const VERSION = '0.20.19'
const MEMBERS = 30
/** Their groups have one key each, as our compartments have. */
const GROUPS = 9
const ROUNDS = 5

if (!existsSync(join(here, 'node_modules/cojson'))) {
  // Not `ci`: that insists on cojson's binaries for every other system, and a registry need not have them.
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: ['ignore', 2, 2] })
}
const our = new Map(bench().trim().split('\n').map((line) => JSON.parse(line)).map((row) => [row.name, row.value]))
const removal = 'removing one of 30 devices, new keys for 9 compartments'
const theirs = await cojson()
report(`${removal}, time`, our.get(`${removal}, time`), 'ms', `cojson ${VERSION}, 9 groups`, theirs.milliseconds)
report(`${removal}, bytes`, our.get(`${removal}, bytes`), 'kB', `cojson ${VERSION}, 9 groups, as JSON`, theirs.kilobytes)
report('checking 1,000 ledger operations, WebAssembly', await inWasm(), 'ms', 'native', our.get('checking 1,000 ledger operations, native'))

function bench(...words) {
  const target = process.env.CARGO_TARGET_DIR ?? join(here, '../../target')
  const binary = join(target, 'release/bench_trust')
  return execFileSync(existsSync(binary) ? binary : join(target, 'debug/bench_trust'), words, { encoding: 'utf8', maxBuffer: 1 << 26 })
}

/** Thirty accounts in nine groups; one is removed from all nine. */
async function cojson() {
  const { LocalNode } = await import('cojson')
  const { NapiCrypto } = await import('cojson/crypto/NapiCrypto')
  const crypto = await NapiCrypto.create()
  const times = []
  let bytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    const secret = crypto.newRandomAgentSecret()
    const node = new LocalNode(secret, crypto.newRandomSessionID(crypto.getAgentID(secret)), crypto)
    const agents = Array.from({ length: MEMBERS - 1 }, () => crypto.getAgentID(crypto.newRandomAgentSecret()))
    const groups = Array.from({ length: GROUPS }, () => node.createGroup())
    for (const group of groups) for (const agent of agents) group.addMemberInternal(agent, 'writer')
    const before = groups.map((group) => group.core.knownState())
    const begun = performance.now()
    for (const group of groups) group.removeMember({ id: agents.at(-1) })
    times.push(performance.now() - begun)
    const new_ = groups.map((group, n) => group.core.newContentSince(before[n]) ?? [])
    bytes = new_.reduce((sum, content) => sum + JSON.stringify(content).length, 0)
    for (const group of groups) if (group.get(agents.at(-1)) !== 'revoked') throw new Error('nobody was removed')
  }
  return { milliseconds: median(times), kilobytes: bytes / 1000 }
}

/** The whole of what a phone does with a thousand operations when it is opened: reading, checking, and the state. */
async function inWasm() {
  const generated = join(here, '../../web-demo/src/generated/vault')
  const core = await import(join(generated, 'omamori_wasm.js'))
  core.initSync({ module: readFileSync(join(generated, 'omamori_wasm_bg.wasm')) })
  const { secret, record, operations } = JSON.parse(bench('ledger'))
  const entries = operations.map((hex) => [0, Buffer.from(hex, 'hex')])
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now()
    const child = core.Child.open(Buffer.from(secret, 'hex'), record, entries)
    times.push(performance.now() - begun)
    child.free()
  }
  return median(times)
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

function report(name, value, unit, reference, figure) {
  console.log(JSON.stringify({ name, value, unit, reference, reference_value: figure }))
}
