/** Where the app runs. iPhones keep a home-screen app's data apart from Safari's; in-app browsers keep nothing. */
export interface Environment {
  system: 'ios' | 'android' | 'other'
  /** Started from the home screen or as an installed app. */
  installed: boolean
  /** The app inside whose browser this page was opened (no service worker, data lost at will): open outside. */
  inApp: 'LINE' | 'Instagram' | 'Facebook' | 'X' | 'TikTok' | 'WebView' | null
  /** Can keep the app for use without a network. */
  offline: boolean
  /** Served without TLS, as a demo on this very machine: the address in a card means nothing on another phone. */
  onlyHere: boolean
}

export function readEnvironment(): Environment {
  const { userAgent, maxTouchPoints } = navigator
  return {
    ...fromUserAgent(userAgent, maxTouchPoints),
    installed: matchMedia('(display-mode: standalone)').matches || isAppleStandalone(),
    offline: 'serviceWorker' in navigator,
    onlyHere: location.protocol === 'http:',
  }
}

/** What the user agent alone tells. iPads call themselves Macs but have touch points. */
export function fromUserAgent(agent: string, touchPoints: number): Pick<Environment, 'system' | 'inApp'> {
  const ios = /iPhone|iPad|iPod/.test(agent) || (agent.includes('Macintosh') && touchPoints > 1)
  const system = ios ? 'ios' : agent.includes('Android') ? 'android' : 'other'
  return { system, inApp: IN_APP.find(([pattern]) => pattern.test(agent))?.[1] ?? null }
}

const IN_APP: [RegExp, NonNullable<Environment['inApp']>][] = [
  [/\bLine\//, 'LINE'],
  [/Instagram/, 'Instagram'],
  [/FBAN|FBAV|FB_IAB/, 'Facebook'],
  [/Twitter/, 'X'],
  [/musical_ly|BytedanceWebview|TikTok/, 'TikTok'],
  [/; wv\)/, 'WebView'],
]

function isAppleStandalone(): boolean {
  return 'standalone' in navigator && navigator.standalone === true
}
