/** The app's lock, words on paper, a lost phone. */
export const lock = {
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
} as const
