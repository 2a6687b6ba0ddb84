/**
 * The one Trusted Types policy of the app: scripts come from where the page came from, and nowhere else. Browsers without
 * Trusted Types get the same check.
 */
const sameOrigin = (address: string): string => {
  const url = new URL(address, location.href)
  if (url.origin !== location.origin) throw new TypeError(`no scripts from ${url.origin}`)
  return url.href
}

let policy: ReturnType<NonNullable<Window['trustedTypes']>['createPolicy']> | undefined

/** An address of a worker or service worker that the content policy lets pass. */
export function scriptAddress(address: string): string {
  policy ??= window.trustedTypes?.createPolicy('app', { createScriptURL: sameOrigin })
  // The DOM types of workers still ask for a string; browsers take the trusted object.
  return (policy?.createScriptURL(address) as string | undefined) ?? sameOrigin(address)
}

declare global {
  interface Window {
    readonly trustedTypes?: {
      createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): {
        createScriptURL(address: string): unknown
      }
    }
  }
}
