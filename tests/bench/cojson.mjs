// The same edits through cojson (Jazz Classic, npm): encrypted and signed like ours, its sync server in memory, on loopback.
// Our side is measured in the same run by `bench_relay peer`. Prints JSON lines {name, value, unit, reference, reference_value}.
import { execFileSync, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const PAYLOAD = 400
const SINGLE = 200
const BURST = 5000
const VERSION = '0.20.19'

if (!existsSync(join(here, 'node_modules/cojson'))) {
  // Not `ci`: that insists on cojson's binaries for every other system, and a registry need not have them.
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: ['ignore', 2, 2] })
}
const { LocalNode } = await import('cojson')
const { NapiCrypto } = await import('cojson/crypto/NapiCrypto')
const { createWebSocketPeer } = await import('cojson-transport-ws')
const { WebSocket, WebSocketServer } = await import('ws')
const crypto = await NapiCrypto.create()

if (process.argv[2] === 'server') serve()
else await measure()

/** A sync server as cojson's own tests start it. */
function serve() {
  const node = newNode()
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  let clients = 0
  sockets.on('connection', (websocket) => {
    node.syncManager.addPeer(createWebSocketPeer({
      id: `client-${clients++}`, role: 'client', websocket, expectPings: false, batchingByDefault: false, deletePeerStateOnClose: true,
    }))
    // A client counts itself connected at the first ping.
    websocket.send(JSON.stringify({ type: 'ping', time: Date.now(), dc: 'unknown' }))
  })
  sockets.on('listening', () => process.send(sockets.address().port))
  process.on('disconnect', () => process.exit(0))
}

function newNode() {
  const secret = crypto.newRandomAgentSecret()
  return new LocalNode(secret, crypto.newRandomSessionID(crypto.getAgentID(secret)), crypto)
}

async function measure() {
  const server = fork(fileURLToPath(import.meta.url), ['server'])
  try {
    const port = await new Promise((resolve, reject) => { server.once('message', resolve).once('exit', reject) })
    const [writer, reader] = await Promise.all([connected(port), connected(port)])
    const group = writer.createGroup()
    group.addMember('everyone', 'reader')
    const map = group.createMap()
    map.set('seen', 'first')
    const copy = await reader.load(map.id)
    if (copy === 'unavailable') throw new Error('the reader does not get the map')
    const one = await single(map, copy)
    const burst = await many(map, copy)
    report(one, burst, ours())
  } finally {
    server.disconnect()
  }
}

async function connected(port) {
  const node = newNode()
  await new Promise((resolve) => {
    const websocket = new WebSocket(`ws://127.0.0.1:${port}`)
    node.syncManager.addPeer(createWebSocketPeer({
      id: 'server', role: 'server', websocket, expectPings: false, onSuccess: resolve,
    }))
  })
  return node
}

/** Milliseconds until the reader's map shows one edit, median. */
async function single(map, copy) {
  const times = []
  for (let n = 0; n < SINGLE; n++) {
    const value = edit(n)
    const started = performance.now()
    const seen = until(copy, (now) => now.get('note') === value)
    map.set('note', value)
    await seen
    times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]
}

/** Edits a second, from the first one made until the reader shows the last. */
async function many(map, copy) {
  const started = performance.now()
  const seen = until(copy, (now) => now.get(`note-${BURST - 1}`) !== undefined)
  for (let n = 0; n < BURST; n++) {
    map.set(`note-${n}`, edit(n))
    // Let the sockets breathe, as a process that does anything else would.
    if (n % 50 === 49) await new Promise((resolve) => setImmediate(resolve))
  }
  await seen
  return (BURST / (performance.now() - started)) * 1000
}

function edit(n) {
  return String(n).padStart(PAYLOAD, '0')
}

function until(copy, holds) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => { stop(); reject(new Error('the reader never saw it')) }, 120_000)
    const stop = copy.subscribe((now) => {
      if (!holds(now)) return
      clearTimeout(late)
      queueMicrotask(() => stop())
      resolve()
    })
  })
}

/** Our own figures, by name. */
function ours() {
  const target = process.env.CARGO_TARGET_DIR ?? join(here, '../../target')
  const binary = join(target, 'release/bench_relay')
  const lines = execFileSync(existsSync(binary) ? binary : join(target, 'debug/bench_relay'), ['peer'], { encoding: 'utf8' })
  return new Map(lines.trim().split('\n').map((line) => JSON.parse(line)).map((row) => [row.name, row.value]))
}

function report(one, burst, our) {
  const edit = `cojson ${VERSION}, server in memory`
  for (const [name, unit, value] of [
    ['one edit until a peer has its bytes, p50', 'ms', one],
    ["one edit until a peer's view shows it, p50", 'ms', one],
    ['sealed chunks in a burst, on disk and at one peer', 'chunks/s', burst],
  ]) {
    console.log(JSON.stringify({ name: `${name}, against cojson`, value: our.get(name), unit, reference: edit, reference_value: value }))
  }
}
