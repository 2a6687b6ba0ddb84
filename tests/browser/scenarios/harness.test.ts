/** The tools of the scenarios themselves: a check that cannot fail proves nothing. */
import { createServer, type Server } from "node:http"
import { once } from "node:events"
import { chromium, type Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Camera } from "../harness/camera"
import { misfits, violations } from "../harness/look"
import { executablePath, Person } from "../harness/person"
import { setQuota } from "../harness/quota"
import { WebKit } from "../harness/webkit"

let server: Server
let port: number
let studio: Browser

const PAGE = `<!doctype html><html lang="ja"><title>試し</title><main><h1>見出し</h1><p>本文</p></main>`

beforeAll(async () => {
  server = createServer((_, response) => response.setHeader("content-type", "text/html; charset=utf-8").end(PAGE))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  port = address.port
  studio = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: ["--no-sandbox"] })
})

afterAll(async () => {
  await studio.close()
  server.close()
})

test("what a browser sends is on the wire, and a cut wire carries nothing", async () => {
  const person = await Person.with("tester", port)
  await person.opens(`/seen?name=${encodeURIComponent("あおい")}`)
  expect(person.wire.hasSent(["あおい", "はると"])).toEqual(["あおい"])
  expect(person.wire.requests()).toContain(`GET /seen?name=${encodeURIComponent("あおい")}`)

  await person.goesOffline()
  await expect(person.page.evaluate(() => fetch("/later").then((r) => r.status))).rejects.toThrow()
  await expect(person.opens("/later")).rejects.toThrow()
  const before = person.wire.requests().length

  await person.goesOnline()
  await person.opens("/again")
  expect(person.wire.requests().slice(before)).toContain("GET /again")
  await person.leaves()
})

test("a camera shows what was put before it", async () => {
  const camera = await Camera.over(studio)
  const person = await Person.with("tester", port, { camera })
  await person.opens("/")
  const red = await studio.newPage({ viewport: { width: 300, height: 300 } })
  await red.setContent(`<body style="background:#f00">`)
  await camera.lookAt(await red.screenshot())
  const [r, g, b] = await person.page.evaluate(async () => {
    const video = document.createElement("video")
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true })
    await video.play()
    const canvas = document.createElement("canvas")
    const context = canvas.getContext("2d")
    if (context === null) throw new Error("no canvas")
    context.drawImage(video, 0, 0, 1, 1, 0, 0, 1, 1)
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    context.drawImage(video, 0, 0)
    return [...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data.slice(0, 3)]
  })
  expect(r).toBeGreaterThan(200)
  expect(g).toBeLessThan(60)
  expect(b).toBeLessThan(60)
  await person.leaves()
})

test("axe and the overflow check find what is wrong", async () => {
  const person = await Person.with("tester", port)
  await person.opens("/")
  expect(await violations(person.page)).toEqual([])
  expect(await misfits(person.page)).toEqual([])
  await person.page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", `<button></button><p style="width:900px">広すぎる</p><p style="width:50px;overflow:hidden;white-space:nowrap">切れている文</p>`)
  })
  expect((await violations(person.page)).join()).toContain("button-name")
  expect((await misfits(person.page)).join()).toContain("広すぎる")
  expect((await misfits(person.page)).join()).toContain("cut: ")
  await person.leaves()
})

test("a killed browser is gone, and its profile opens again", async () => {
  const person = await Person.with("tester", port)
  await person.opens("/")
  await person.page.evaluate(() => { document.cookie = "kept=yes; max-age=1000" })
  await person.killed()
  const again = await Person.with("tester", port, { profile: person.profile })
  await again.opens("/")
  expect(await again.page.title()).toBe("試し")
  await again.leaves()
})

test("WebKitGTK opens a page, runs a promise in it and presses what is there", async () => {
  const webkit = await WebKit.open({ width: 390, height: 844 })
  try {
    await webkit.opens(`http://localhost:${port.toString()}/`)
    expect(await webkit.evaluate<string>("return document.title")).toBe("試し")
    await webkit.evaluate(`const b = document.createElement("button"); b.dataset.testid = "try"; b.textContent = "押す"
      b.onclick = () => { b.textContent = "押した" }; document.body.append(b)`)
    await webkit.presses("try")
    expect(await webkit.reads("try")).toBe("押した")
    await expect(webkit.evaluate("throw new Error('いいえ')")).rejects.toThrow("いいえ")
  } finally {
    await webkit.close()
  }
})

test("a browser given a small quota refuses to store", async () => {
  const person = await Person.with("tester", port)
  await person.opens("/")
  await setQuota(person, 1)
  const store = `new Promise((resolve) => {
    const open = indexedDB.open("full", 1)
    open.onupgradeneeded = () => open.result.createObjectStore("things")
    open.onerror = () => resolve(open.error.name)
    open.onsuccess = () => {
      const writing = open.result.transaction("things", "readwrite")
      writing.objectStore("things").put(new Uint8Array(100_000), 1)
      writing.oncomplete = () => resolve("stored")
      writing.onabort = () => resolve(writing.error.name)
    }
  })`
  expect(await person.page.evaluate(store)).toBe("QuotaExceededError")
  await setQuota(person)
  expect(await person.page.evaluate(store)).toBe("stored")
  await person.leaves()
})
