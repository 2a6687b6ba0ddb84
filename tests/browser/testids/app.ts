/** The app itself, and what stands on many pages. */
export const app = {
  settings: {
    /** {lang: "ja" | "en"}, also in the viewer. */
    language: "language",
  },

  /** Screens and parts beyond the scenarios' paths. */
  more: {
    /** An iPhone that has not installed the app: nothing is typed before. */
    installFirst: "install-first",
    /** {code: "in-app-browser" | "browser-too-old" | …} */
    unusable: "unusable",
    /** A refusal beside the button it answers. {code} */
    failure: "failure",
    /** The explanation of a tapped abbreviation. */
    glossary: "glossary",
    gallery: "gallery",
    tabTakeOver: "tab-take-over",
    photoPick: "photo-pick",
    /** A professional signs one statement: opens, then held. */
    sign: "fact-sign",
    signConfirm: "fact-sign-confirm",
    howBy: "how-by",
    howDocument: "how-document",
    howDate: "how-date",
    retractConfirm: "edit-retract-confirm",
    /** repeat: a card or print this phone made. {kind, outdated: "true" | "false"} */
    made: "made",
    /** The strip that says from when a card is. */
    viewerNote: "viewer-note",
    /** In that strip: what was said of the card since it was made. */
    viewerLater: "viewer-later",
  },

  /** `#/demo`, only when the relay offers sample families. */
  demo: {
    load: "demo-load",
    done: "demo-done",
  },
} as const
