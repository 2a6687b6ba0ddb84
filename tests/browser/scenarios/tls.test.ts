/** Over TLS with a certificate of our own making, as from a phone in the same house: everything a secure context needs. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { Person } from "../harness/person"
import { Relay } from "../harness/relay"
import { testids as t } from "../testids"

let relay: Relay

beforeAll(async () => { relay = await Relay.start({ tls: true }) })

afterAll(async () => { await relay.stop() })

test("a phone that trusts the certificate keeps the viewer and opens it without a network", async () => {
  const person = await Person.with("phone", relay.port, { pin: relay.certificatePin() })
  await person.opens("/c")
  await person.sees(t.viewer.empty)
  await person.find(t.viewer.empty).and(person.page.locator("[data-offline=ready]")).waitFor()
  await person.goesOffline()
  await person.page.reload()
  await person.sees(t.viewer.empty)
  expect(person.troubles).toEqual([])
  await person.leaves()
})

test("a phone that does not trust it gets no page", async () => {
  const person = await Person.with("stranger", relay.port, { pin: Buffer.alloc(32).toString("base64") })
  await expect(person.opens("/c")).rejects.toThrow(/ERR_CERT/)
  await person.leaves()
})

test("the page asks nobody else for anything, and its headers allow nobody else", async () => {
  const person = await Person.with("phone", relay.port, { pin: relay.certificatePin() })
  const hosts = new Set<string>()
  person.context.on("request", (request) => hosts.add(new URL(request.url()).origin))
  for (const path of ["/", "/c"]) {
    const response = await person.page.goto(`${person.origin}${path}`)
    const policy = response?.headers()["content-security-policy"] ?? ""
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe-inline|(?<!wasm-)unsafe-eval|https?:|\*/)
    expect(response?.headers()["x-content-type-options"]).toBe("nosniff")
  }
  await person.sees(t.viewer.empty)
  expect([...hosts]).toEqual([person.origin])
  await person.leaves()
})
