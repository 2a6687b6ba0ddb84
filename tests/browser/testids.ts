/**
 * The names by which the browser scenarios find what a person would touch: `data-testid` of the app's elements.
 * `{…}` after a name lists further data attributes of the same element. "repeat": one element for each.
 */
export const testids = {
  /** Every screen has exactly one root with one of these: a scenario waits for it, axe and the overflow check run on it. */
  screens: [
    "home",
    "start",
    "start-done",
    "child",
    "doctor",
    "card",
    "print",
    "edit",
    "log",
    "differences",
    "history",
    "people",
    "accesses",
    "pair",
    "invite",
    "far",
    "join",
    "person",
    "eyes",
    "consent",
    "scan",
    "settings",
    "demo",
    "words",
    "recover",
    "lost",
    "lock",
    "locked",
    "who",
    "station-start",
    "station",
    "station-words",
    "apply",
    "glass",
    "officer",
    "officer-shown",
    "viewer-empty",
    "viewer-screen",
    "viewer-error",
  ],

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

  /** What has not come, and what came and was not taken in. */
  apart: {
    /** repeat. {what, why} */
    item: "apart-item",
    none: "apart-none",
    /** repeat: what somebody wrote that whoever removed them had not seen. {chunk, compartment} */
    late: "late-item",
    /** Within one: say it again under one's own name, or leave it as it is; asked again later. */
    endorse: "late-endorse",
    leave: "late-leave",
    again: "late-again",
    /** Within one, for those who may not answer. */
    others: "late-others",
    /** Those that were left. */
    left: "late-left",
    done: "late-done",
    /** {count}: on the home screen, for this device to answer, and for somebody else to. */
    home: "home-late",
    homeWait: "home-late-wait",
    child: "child-late",
    /** This device was removed: said on the home screen and on the child's page. */
    homeRemoved: "home-removed",
    removed: "child-removed",
  },

  /** 閲覧の記録: whose phone received what. */
  accesses: {
    /** repeat. {day} */
    day: "access-day",
    /** repeat within a day: one device. {device} */
    item: "access",
    /** repeat within a device: opened there, as it told. {way: "read" | "handed-over" | "locked" | "other"} */
    opened: "access-opened",
    /** repeat within a day: a card of this phone that somebody asked about. {generation} */
    card: "access-card",
    /** repeat: the list is not the one read before. {what: "altered" | "set-back" | "missing" | "unreadable" | "other-signer"} */
    trouble: "access-trouble",
    /** When the relay was read last, {reached: "true" when it was now}; and that it could not be read now. */
    read: "accesses-read",
    unread: "accesses-unread",
    /** repeat: somebody let in, taken out, answered for. {what} */
    deed: "deed",
  },

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

  people: {
    /** repeat. {role, term: "open" | "until" | "ending" | "expired", holder: "person" | "organisation"} */
    member: "member",
    /** Inside a member: opens the person. */
    open: "person-open",
    /** Folded away: who could see it before. */
    former: "former",
    /** repeat. {device} */
    formerPerson: "former-person",
    /** What was handed out on paper, and what was only on a screen. */
    papers: "papers",
    shown: "papers-shown",
    /** repeat: written down for somebody, or taken back. {kind, recalled, teller: "this-phone" | "its-phone" | "nobody"} */
    paper: "paper",
    /** repeat: made on this phone, and nobody wrote down for whom. {kind, recalled, teller} */
    unnamed: "paper-unnamed",
    recall: "paper-recall",
    /** Before the second tap: who tells whoever scans it. {teller} */
    teller: "paper-teller",
    recallConfirm: "paper-recall-confirm",
    apart: "people-apart",
    accesses: "people-accesses",
    /** Opens the scanner for a second phone of the same guardian or for a nurse. */
    add: "people-add",
  },

  /** The invited phone shows a code; the inviting phone scans it and confirms who this is. */
  pair: {
    qr: "pair-qr",
    /** {text: the offer, as in the QR} */
    offer: "pair-offer",
    waiting: "pair-waiting",
    /** Shows the codes one after the other, for where there is no network. {frame, of} */
    offline: "pair-offline",
    frame: "pair-frame",
    answer: "pair-answer",
    /** Its time is over: the same once more, or a new one. */
    over: "pair-over",
    same: "pair-same",
    fresh: "pair-new",
    /** {read, of} */
    progress: "pair-progress",
    refused: "pair-refused",
    done: "pair-done",
  },
  invite: {
    /** {step: "who" | "what" | "consent" | "scan" | "done"} */
    step: "invite-step",
    search: "invite-search",
    others: "invite-others",
    /** An organisation's tablet, which says itself who applies. */
    tablet: "invite-tablet",
    /** {who: "same-guardian" or a preset's name} */
    who: "invite-who",
    name: "invite-name",
    organisation: "invite-organisation",
    until: "invite-until",
    /** repeat: a part of the record that is offered. {compartment} */
    see: "invite-see",
    hidden: "invite-hidden",
    next: "invite-next",
    agree: "invite-agree",
    /** {delivered} */
    done: "invite-done",
    /** The answer as codes one after the other, where there is no network. */
    answer: "invite-answer",
    /** Shows it, where the relay has it. */
    answerShow: "invite-answer-show",
    /** {frame, of} */
    answerFrame: "invite-answer-frame",
    eyes: "invite-eyes",
    /** Whoever was in charge before sees nothing new any more. */
    ended: "invite-ended",
    error: "invite-error",
    /** They are not here: a link. Beside the consent, and below the camera. */
    far: "invite-far",
  },
  /** Somebody far away: the inviter's page. */
  far: {
    /** {stage: "waiting" | "answered" | "in" | "over", delivered} */
    stage: "far-stage",
    /** {url} */
    link: "far-link",
    copy: "far-link-copy",
    /** repeat: four. {read} */
    word: "far-word",
    check: "far-check",
    /** The words differ, and may be typed again. */
    differ: "far-differ",
    drop: "far-drop",
    dropConfirm: "far-drop-confirm",
    /** {code} */
    over: "far-over",
    again: "far-again",
    eyes: "far-eyes",
    retry: "far-retry",
    /** repeat, in the list of people. */
    row: "people-far",
  },
  /** And the guest's, behind the link. */
  join: {
    /** {stage: "new" | "own" | "waiting" | "words" | "agreed" | "in" | "over" | "failed" | "tab" | "tablet"} */
    stage: "join-stage",
    begin: "join-begin",
    /** repeat: four, in order. {word} */
    word: "join-word",
    right: "join-right",
    wrong: "join-wrong",
    /** {code} */
    over: "join-over",
    open: "join-open",
    /** It is over: another link may have come. */
    again: "join-paste",
    /** Stops it, after asking. */
    stop: "join-stop",
    stopConfirm: "join-stop-confirm",
    retry: "join-retry",
    /** An organisation's tablet takes up no invitation. */
    tablet: "join-tablet",
    /** A link pasted where a phone shows its code, and one that was opened before. */
    paste: "pair-link",
    begun: "pair-begun",
  },

  /** One person who can see the record. */
  person: {
    name: "person-name",
    sees: "person-sees",
    hidden: "person-hidden",
    /** They may show it to others; the app gives nobody that, the command line does. */
    passesOn: "person-passes-on",
    eyes: "person-eyes",
    /** {altered} */
    consent: "person-consent",
    consentText: "consent-text",
    consentPrint: "consent-print",
    withdraw: "person-withdraw",
    withdrawDialog: "withdraw-dialog",
    withdrawConfirm: "withdraw-confirm",
    withdrawn: "person-withdrawn",
    /** {term: "ending" | "expired"}: asks for a word of the family. */
    term: "person-term",
    renew: "person-renew",
    renewConfirm: "renew-confirm",
    close: "person-close",
    handOver: "person-hand-over",
    list: "person-list",
    eyesHidden: "eyes-hidden",
    eyesRecord: "eyes-record",
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

  /** The app's own lock, words on paper, a lost phone. */
  lock: {
    pin: "lock-pin",
    pinAgain: "lock-pin-again",
    current: "lock-current",
    set: "lock-set",
    on: "lock-on",
    saved: "lock-saved",
    now: "lock-now",
    change: "lock-change",
    remove: "lock-remove",
    passkeyAdd: "lock-passkey-add",
    passkeyRemove: "lock-passkey-remove",
    /** {minutes} */
    minutes: "lock-minutes",
  },
  locked: {
    /** repeat. {record} */
    child: "locked-child",
    doctor: "locked-doctor",
    card: "locked-card",
    cardPage: "locked-card-page",
    pin: "locked-pin",
    open: "locked-open",
    passkey: "locked-passkey",
    forgot: "locked-forgot",
    /** Held: erases what is behind the lock. */
    giveUp: "locked-give-up",
    /** On the home screen afterwards. */
    onlyScreen: "only-screen",
  },
  words: {
    make: "words-make",
    paper: "kit-paper",
    /** repeat: 24, in order. */
    word: "kit-word",
    print: "words-print",
    toTest: "words-to-test",
    /** repeat: three. */
    test: "words-test",
    check: "words-check",
    done: "words-done",
    /** Held: new words take the place of the present ones. */
    again: "words-again",
    /** repeat: a child for whom the paper counts. */
    covered: "words-covered",
    /** The paper before this one still counts somewhere. */
    old: "words-old",
    /** On the home screen until three words were asked back. */
    remind: "words-remind",
    /** repeat: offered under the field that is being typed in. */
    offer: "word-offer",
  },
  recover: {
    /** repeat: 24. {read: "empty" | "word" | "unknown" | "unclear"} */
    word: "recover-word",
    do: "recover-do",
    refused: "recover-refused",
    done: "recover-done",
    /** Some did not come back; with a button to try again. */
    missing: "recover-missing",
    again: "recover-again",
    child: "recover-child",
  },
  lost: {
    /** repeat; papers too. {own, paper} */
    phone: "lost-phone",
    /** Held. */
    takeOut: "lost-take-out",
    gone: "lost-gone",
  },

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

  /** `#/demo`, only when the relay offers sample families. */
  demo: {
    load: "demo-load",
    done: "demo-done",
  },
} as const;
