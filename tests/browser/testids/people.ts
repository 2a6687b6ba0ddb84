/** Who sees the record, how they are let in, and what is kept apart of it. */
export const people = {
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
} as const
