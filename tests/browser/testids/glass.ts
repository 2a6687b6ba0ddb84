/** Break-glass: what a family agrees to, and what officers do. */
export const glass = {
  /** The family's side of break-glass. */
  glass: {
    number: "glass-number",
    code: "glass-code",
    find: "glass-find",
    file: "glass-file",
    /** A list that was found, before agreeing. */
    found: "glass-found",
    mark: "glass-mark",
    /** repeat. */
    officer: "glass-officer",
    until: "glass-until",
    agree: "glass-agree",
    /** repeat. {municipality, ready: "true" | "false"} */
    consent: "glass-consent",
    /** What officers may hold beforehand, as a file. */
    fileSave: "glass-file-save",
    withdraw: "glass-withdraw",
    withdrawDialog: "glass-withdraw-dialog",
    withdrawConfirm: "glass-withdraw-confirm",
    /** repeat: a consent that ended or was taken back. */
    over: "glass-over",
    /** repeat. {id} */
    opened: "glass-opened",
    saw: "glass-saw",
  },

  /** The officers' side. */
  officer: {
    add: "officer-add",
    name: "officer-name",
    office: "officer-office",
    pin: "officer-pin",
    make: "officer-make",
    /** repeat. {id, keys} */
    here: "officer-here",
    code: "officer-code",
    heldPin: "officer-held-pin",
    fetch: "officer-fetch",
    heldFile: "officer-held-file",
    /** {count} */
    fetched: "officer-fetched",
    /** repeat. {record} */
    held: "officer-held",
    which: "officer-which",
    first: "officer-first",
    second: "officer-second",
    reason: "officer-reason",
    firstPin: "officer-first-pin",
    ask: "officer-ask",
    /** Signed by one; nothing is open. */
    asked: "officer-asked",
    /** For the second officer's device. */
    handOver: "officer-hand-over",
    releaseShow: "officer-release-qr-show",
    releaseQr: "officer-release-qr",
    releaseScan: "officer-release-scan",
    secondHere: "officer-second-here",
    secondPin: "officer-second-pin",
    look: "officer-look",
    /** What the second officer is asked. */
    asks: "officer-asks",
    open: "officer-open",
    banner: "officer-banner",
    /** The opening's end has come: nothing of it is shown any more. */
    ended: "officer-ended",
    bannerReason: "officer-banner-reason",
    /** {untold: number of openings no relay has taken yet} */
    told: "officer-told",
    close: "officer-close",
    townOpen: "town-open",
    townFiles: "town-files",
    townName: "town-name",
    townPin: "town-pin",
    townSign: "town-sign",
    /** {code} */
    townCode: "town-code",
  },
} as const
