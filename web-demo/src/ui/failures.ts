/** What went wrong, and what to do now: two sentences for every code. A refusal nobody foresaw is said to be one. */
import { m } from './text.ts'

export interface FailureText {
  title: string
  next: string
}

/** Where a number matters, it is the failure's detail. */
const TEXTS: Partial<Record<string, (detail: string) => FailureText>> = {
  'storage-full': () => ({ title: m.fail_storage_full(), next: m.fail_storage_full_next() }),
  'storage-failed': () => ({ title: m.fail_storage(), next: m.fail_storage_next() }),
  'writer-elsewhere': () => ({ title: m.fail_writer(), next: m.fail_writer_next() }),
  'wrong-child': () => ({ title: m.fail_wrong_child(), next: m.fail_wrong_child_next() }),
  'child-unknown': () => ({ title: m.fail_child_unknown(), next: m.fail_child_unknown_next() }),
  'core-failed': () => ({ title: m.fail_core(), next: m.fail_core_next() }),
  offline: () => ({ title: m.fail_offline(), next: m.fail_offline_next() }),
  'relay-failed': () => ({ title: m.fail_relay(), next: m.fail_relay_next() }),
  'relay-refused': () => ({ title: m.fail_refused(), next: m.fail_refused_next() }),
  'pairing-expired': () => ({ title: m.fail_pairing_expired(), next: m.fail_pairing_expired_next() }),
  'pairing-mismatch': () => ({ title: m.fail_pairing_mismatch(), next: m.fail_pairing_mismatch_next() }),
  'qr-not-ours': () => ({ title: m.fail_not_ours(), next: m.fail_not_ours_next() }),
  'not-ours': () => ({ title: m.fail_not_ours(), next: m.fail_not_ours_next() }),
  'not-authentic': () => ({ title: m.fail_damaged(), next: m.fail_damaged_next() }),
  malformed: () => ({ title: m.fail_damaged(), next: m.fail_damaged_next() }),
  'future-version': () => ({ title: m.fail_newer(), next: m.fail_newer_next() }),
  'wrong-keys': () => ({ title: m.fail_pairing_mismatch(), next: m.fail_pairing_mismatch_next() }),
  damaged: () => ({ title: m.fail_damaged(), next: m.fail_damaged_next() }),
  newer: () => ({ title: m.fail_newer(), next: m.fail_newer_next() }),
  'no-code': () => ({ title: m.fail_no_code(), next: m.fail_no_code_next() }),
  'camera-refused': () => ({ title: m.fail_camera_refused(), next: m.fail_camera_refused_next() }),
  'camera-missing': () => ({ title: m.fail_camera_missing(), next: m.fail_camera_missing_next() }),
  'scanner-missing': () => ({ title: m.fail_scanner_missing(), next: m.fail_scanner_missing_next() }),
  'browser-too-old': () => ({ title: m.fail_browser_old(), next: m.fail_browser_old_next() }),
  'in-app-browser': () => ({ title: m.inapp_title(), next: m.inapp_next() }),
  'not-allowed': () => ({ title: m.fail_not_allowed(), next: m.fail_not_allowed_next() }),
  'not-a-code': () => ({ title: m.fail_not_a_code(), next: m.fail_not_a_code_next() }),
  'not-a-picture': () => ({ title: m.fail_not_a_picture(), next: m.fail_not_a_picture_next() }),
  locked: () => ({ title: m.lock_fail_locked(), next: m.lock_fail_locked_next() }),
  'no-passkey': () => ({ title: m.lock_fail_no_passkey(), next: m.lock_fail_no_passkey_next() }),
  'kit-full': () => ({ title: m.lock_fail_kit_full(), next: m.lock_fail_kit_full_next() }),
  removed: () => ({ title: m.apart_fail_removed(), next: m.apart_fail_removed_next() }),
  'too-late': () => ({ title: m.apart_fail_late(), next: m.apart_fail_late_next() }),
  'pins-differ': () => ({ title: m.station_pins_differ(), next: m.station_pins_differ_next() }),
  'words-not-theirs': () => ({ title: m.station_words_wrong(), next: m.station_words_wrong_next() }),
  'was-removed': () => ({ title: m.station_was_removed(), next: m.station_was_removed_next() }),
  'station-not-empty': () => ({ title: m.station_not_empty(), next: m.station_not_empty_next() }),
  // -- break-glass
  alone: () => ({ title: m.glass_fail_alone(), next: m.glass_fail_alone_next() }),
  'wrong-pin': () => ({ title: m.glass_fail_pin(), next: m.glass_fail_pin_next() }),
  'pin-wait': (minutes) => ({ title: m.glass_fail_wait({ minutes }), next: m.glass_fail_wait_next() }),
  'not-a-town-code': () => ({ title: m.glass_fail_code(), next: m.glass_fail_code_next() }),
  'not-a-list': () => ({ title: m.glass_fail_list(), next: m.glass_fail_list_next() }),
  'old-list': () => ({ title: m.glass_fail_old(), next: m.glass_fail_old_next() }),
  'not-for-this': () => ({ title: m.glass_fail_not_for(), next: m.glass_fail_not_for_next() }),
  'not-an-officer': () => ({ title: m.glass_fail_not_for(), next: m.glass_fail_not_for_next() }),
  ended: () => ({ title: m.glass_fail_ended(), next: m.glass_fail_ended_next() }),
  'consent-ended': () => ({ title: m.glass_fail_consent(), next: m.glass_fail_consent_next() }),
  'not-yet': () => ({ title: m.glass_fail_not_yet(), next: m.glass_fail_not_yet_next() }),
  'no-reason': () => ({ title: m.glass_fail_reason(), next: m.glass_fail_reason_next() }),
  'no-demo': () => ({ title: m.fail_no_demo(), next: m.fail_no_demo_next() }),
  // -- far away
  'not-an-invitation': () => ({ title: m.far_fail_link(), next: m.far_fail_link_next() }),
  'far-expired': () => ({ title: m.far_fail_expired(), next: m.far_fail_expired_next() }),
  'far-gone': () => ({ title: m.far_fail_gone(), next: m.far_fail_gone_next() }),
  'far-late': () => ({ title: m.far_fail_expired(), next: m.far_fail_late_next() }),
  'far-called-off': () => ({ title: m.far_fail_called_off(), next: m.far_fail_stopped_next() }),
  'far-taken': () => ({ title: m.far_fail_taken(), next: m.far_fail_taken_next() }),
  'far-broken': () => ({ title: m.far_fail_broken(), next: m.far_fail_broken_next() }),
  'far-stopped': () => ({ title: m.far_fail_stopped(), next: m.far_fail_stopped_next() }),
  'words-wrong': () => ({ title: m.far_fail_words(), next: m.far_fail_words_next() }),
  'words-differ': () => ({ title: m.far_differ(), next: m.far_differ_next() }),
  // -- people
  'key-owed': () => ({ title: m.people_fail_key_owed(), next: m.people_fail_key_owed_next() }),
  'no-right': () => ({ title: m.people_fail_no_right(), next: m.people_fail_no_right_next() }),
  'no-key': () => ({ title: m.people_fail_no_right(), next: m.people_fail_no_right_next() }),
  'unknown-device': () => ({ title: m.people_fail_moved(), next: m.people_fail_moved_next() }),
  'not-a-grant': () => ({ title: m.people_fail_moved(), next: m.people_fail_moved_next() }),
  'invalid-operation': () => ({ title: m.people_fail_moved(), next: m.people_fail_moved_next() }),
  'code-used': () => ({ title: m.people_fail_used(), next: m.people_fail_used_next() }),
  'not-quarantined': () => ({ title: m.people_fail_moved(), next: m.people_fail_moved_next() }),
  'no-consent': () => ({ title: m.people_fail_moved(), next: m.people_fail_moved_next() }),
  'keys-incomplete': () => ({ title: m.people_fail_not_here(), next: m.people_fail_not_here_next() }),
  'not-begun': () => ({ title: m.people_fail_not_here(), next: m.people_fail_not_here_next() }),
  // The relay's words about one entry: it was made here, and stands here.
  forbidden: () => ({ title: m.people_fail_not_taken(), next: m.people_fail_not_taken_next() }),
  'ledger-invalid': () => ({ title: m.people_fail_not_taken(), next: m.people_fail_not_taken_next() }),
  'ledger-full': () => ({ title: m.people_fail_not_taken(), next: m.people_fail_not_taken_next() }),
  'unknown-epoch': () => ({ title: m.people_fail_not_taken(), next: m.people_fail_not_taken_next() }),
  'not-an-answer': () => ({ title: m.people_fail_answer(), next: m.people_fail_answer_next() }),
}

/** Where an invitation is under way nothing was typed to be saved, and the only button is to try again. */
const FAR_TEXTS: Partial<Record<string, () => FailureText>> = {
  'storage-full': () => ({ title: m.fail_storage_full(), next: m.far_fail_full_next() }),
  'storage-failed': () => ({ title: m.fail_storage(), next: m.far_fail_again_next() }),
  'core-failed': () => ({ title: m.fail_core(), next: m.far_fail_again_next() }),
  'relay-refused': () => ({ title: m.fail_refused(), next: m.far_fail_refused_next() }),
  'key-owed': () => ({ title: m.people_fail_key_owed(), next: m.far_fail_key_owed_next() }),
}

export function farFailureText(code: string): FailureText {
  return FAR_TEXTS[code]?.() ?? failureText(code)
}

export function failureText(code: string, detail = ''): FailureText {
  return TEXTS[code]?.(detail) ?? { title: m.fail_other(), next: m.fail_other_next({ code }) }
}
