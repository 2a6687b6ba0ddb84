/** The app's frame, the children on this phone, and what is known of each. */
export const record = {
  /** Visible on every family screen. */
  frame: {
    /** Root of the app once the vault is open and the core answers. {state: "ready" | "read-only"} */
    ready: "app-ready",
    /** {state: "never" | "synced" | "waiting" | "sending" | "refused", queued: number of entries not yet acknowledged} */
    sync: "sync-status",
    /** A second tab of the same profile: says that another tab writes, offers no edits. */
    readOnly: "read-only-tab",
    /** The browser refused to store: nothing is claimed saved. */
    storageFull: "storage-full",
    /** Header of one child, on every screen of one child. {record: hex} */
    childHeader: "child-header",
    childName: "child-name",
    childAge: "child-age",
    childPhoto: "child-photo",
    back: "back",
  },

  home: {
    /** Shown while there is no child. */
    empty: "home-empty",
    start: "home-start",
    /** A start that was interrupted. */
    resume: "home-resume",
    /** repeat. {record: hex} */
    child: "home-child",
    childName: "home-child-name",
    childAge: "home-child-age",
    childPhoto: "home-child-photo",
    /** Opens the child. */
    open: "home-open",
    /** 医師に見せる. */
    doctor: "home-doctor",
    /** The QR, one tap away. */
    card: "home-card",
    /** repeat: a card or print made before an emergency fact changed. {generation} */
    outdated: "home-outdated",
    /** Number of unsettled contradictions of this child, absent if none. {count} */
    differences: "home-differences",
    news: "home-news",
    /** repeat: two officers opened, and nobody here said to have seen it. */
    opened: "home-opened",
    /** What has not come or was not taken in, absent if nothing. {count} */
    apart: "home-apart",
    newChild: "home-new-child",
    scan: "home-scan",
    pair: "home-pair",
    settings: "home-settings",
  },

  start: {
    /** repeat: on every input a person fills in, at most twelve in all. Each also has `data-field`:
     *  name reading birth_date sex weight must_never sign act airway allergy diagnosis phone_name phone_number (those it asks). */
    field: "start-field",
    /** Everything typed so far is on the disk. */
    kept: "start-kept",
    next: "start-next",
    finish: "start-finish",
    doctor: "start-done-doctor",
    card: "start-done-card",
    print: "start-done-print",
    words: "start-done-words",
  },

  child: {
    /** repeat. {fact: id, kind, compartment} */
    fact: "fact",
    factValue: "fact-value",
    factSource: "fact-source",
    /** {standing: "confirmed" | "transcribed" | "plain"} */
    standing: "fact-standing",
    edit: "fact-edit",
    history: "fact-history",
    /** repeat, in a fact whose field has several values. {field} */
    contradiction: "contradiction",
    /** Adds a fact. {kind, compartment} */
    add: "fact-add",
    toDoctor: "child-doctor",
    toCard: "child-card",
    toPrint: "child-print",
    toLog: "child-log",
    toDifferences: "child-differences",
    /** Not visible: was it read who sees the record? What asks about them waits for that. {known} */
    access: "child-access",
    toPeople: "child-people",
    toGlass: "child-glass",
    /** The child is of age: asks whether it decides from now on. */
    grown: "child-grown",
    grownDo: "child-grown-do",
    grownLater: "child-grown-later",
  },

  edit: {
    /** repeat, one input per field. {field} */
    field: "edit-field",
    save: "edit-save",
    cancel: "edit-cancel",
    retract: "edit-retract",
    retractReason: "edit-retract-reason",
    /** {way: "observed" | "told" | "transcribed"} */
    how: "edit-how",
    error: "edit-error",
  },

  differences: {
    /** repeat. {fact, field} */
    difference: "difference",
    /** repeat within a difference: one of the values. {value} */
    choice: "difference-choice",
    choiceAuthor: "difference-author",
    /** Within a choice: settle with this value. */
    settle: "difference-settle",
    /** Why, in the words of whoever settles; may stay empty. */
    reason: "difference-reason",
    /** Nothing left to settle. */
    none: "differences-none",
  },

  history: {
    /** repeat: one statement. {superseded: "true" | "false"} */
    item: "history-item",
    value: "history-value",
    author: "history-author",
    when: "history-when",
  },

  log: {
    entry: "log-entry",
    add: "log-new",
    chiefComplaint: "log-chief-complaint",
    situation: "log-situation",
    response: "log-response",
    save: "log-save",
  },
} as const
