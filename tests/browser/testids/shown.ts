/** What is shown or handed to somebody else: first screen, card, print, and the viewer that opens a card. */
export const shown = {
  /** The first screen: the same component in `doctor`, `viewer-screen` and above the sheet. */
  first: {
    screen: "first-screen",
    who: "first-who",
    name: "first-name",
    age: "first-age",
    weight: "first-weight",
    recordDate: "first-record-date",
    /** repeat. {kind: "never" | "now" | "airway" | "baseline" | "avoid" | "diagnosis" | "wish" | "phone" | …} */
    block: "first-block",
    /** repeat within a block. */
    line: "first-line",
    source: "first-source",
    leftOut: "first-left-out",
  },

  doctor: {
    /** Leaving needs the parent: press, then confirm. */
    leave: "doctor-leave",
    confirmLeave: "doctor-leave-confirm",
  },

  card: {
    /** The QR itself (svg or img), alone, with its quiet zone, good enough to be filmed. */
    qr: "card-qr",
    /** Its text. {url} */
    url: "card-url",
    leftOut: "card-left-out",
    generation: "card-generation",
  },

  print: {
    /** The A4 sheet. */
    sheet: "sheet",
    /** repeat, at most two. */
    page: "sheet-page",
    qr: "sheet-qr",
    wallet: "wallet-card",
    now: "print-now",
  },

  /** Whom a card or print is for. */
  paper: {
    to: "paper-to",
    save: "paper-save",
    saved: "paper-saved",
  },

  scan: {
    start: "scan-start",
    video: "scan-video",
    /** {code: "not-ours" | "damaged" | "newer" | "no-camera" | …} */
    error: "scan-error",
  },

  /** `/c`: what a stranger's phone opens. */
  viewer: {
    /** {offline: "ready"} once the viewer, and its camera reader, are cached for offline use. */
    empty: "viewer-empty",
    scan: "viewer-scan",
    /** {code: "not-ours" | "damaged" | "newer" | …} */
    error: "viewer-error",
    close: "viewer-close",
  },
} as const
