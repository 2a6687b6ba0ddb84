/** An organisation's shared tablet. */
export const station = {
  /** A tablet that an organisation's staff share. */
  station: {
    setUp: "home-station-start",
    open: "home-station",
    apply: "home-apply",
    name: "station-name",
    kind: "station-kind",
    manager: "station-manager",
    pin: "station-pin",
    pinAgain: "station-pin-again",
    begin: "station-begin",
    /** repeat. {person: name, manager, closed: number of children whose record does not open yet} */
    person: "station-person",
    add: "station-add",
    newName: "station-new-name",
    newPin: "station-new-pin",
    newPinAgain: "station-new-pin-again",
    newSave: "station-new-save",
    /** Within a person: a number forgotten, what they may do here. */
    edit: "station-edit",
    dialog: "station-dialog",
    forgot: "station-forgot",
    forgotPin: "station-forgot-pin",
    forgotPinAgain: "station-forgot-pin-again",
    forgotSave: "station-forgot-save",
    role: "station-role",
    roleSave: "station-role-save",
    /** Within a person: they have left. */
    end: "station-end",
    endConfirm: "station-end-confirm",
    said: "station-said",
    error: "station-error",
    /** One's own number. */
    toOwn: "station-to-own",
    own: "station-own",
    ownCurrent: "station-own-current",
    ownPin: "station-own-pin",
    ownPinAgain: "station-own-pin-again",
    ownSave: "station-own-save",
    /** Nobody else manages the staff, and there is no paper. */
    alone: "station-alone",
    toWords: "station-to-words",
    wordsRow: "station-words-row",
    wordsDone: "station-words-done",
    /** Held. */
    wordsAgain: "station-words-again",
    /** repeat. {record} */
    child: "station-child",
    toApply: "station-apply",
    applied: "apply-done",
    appliedOpen: "apply-open",
    /** Who is there? repeat. {person: name} */
    who: "who-person",
    whoPin: "who-pin",
    enter: "who-enter",
    /** The number is forgotten, the paper is there. `word`: repeat, 24. */
    forgotten: "who-forgotten",
    word: "station-word",
    wordPin: "station-word-pin",
    wordPinAgain: "station-word-pin-again",
    wordsEnter: "station-words-enter",
    wordsRefused: "station-words-refused",
    wordsBack: "station-words-back",
    /** On every page: whose words are written. {person: name} */
    writes: "who-writes",
    change: "who-change",
    /** The family's phone; what is shown, and until when, as for a person. {state: "asking" | "consent" | "saving" | "told" | "waits" | "refused"} */
    asks: "organisation-invite",
    grant: "organisation-grant",
    /** The answer as moving codes, for a tablet without a network. {frame, of} */
    answer: "organisation-answer",
    answerShow: "organisation-answer-show",
    /** One of that name is let in already. */
    known: "organisation-known",
    answerFrame: "organisation-answer-frame",
  },
} as const
