//! The one spelling of a moment: Japanese time, to the second, finer only if it was said finer.

use crate::time::UnixMillis;
use jiff::{Timestamp, tz::Offset};

/// All moments are written at +09:00: the people who read these documents live there, and Japan has no summer time.
const OFFSET: Offset = Offset::constant(9);

/// `2026-11-18T10:40:00+09:00`; a clock outside the calendar is written as its number, `@9223372036854775807`.
pub(super) fn write(UnixMillis(millis): UnixMillis) -> String {
    Timestamp::from_millisecond(millis).map_or_else(
        |_| format!("@{millis}"),
        |moment| format!("{}+09:00", OFFSET.to_datetime(moment)),
    )
}

/// Reads any ISO 8601 moment that says its offset. `None`: it is none.
pub(super) fn read(text: &str) -> Option<UnixMillis> {
    let calendar = || {
        text.parse::<Timestamp>()
            .ok()
            .map(Timestamp::as_millisecond)
    };
    let number = |digits: &str| digits.parse().ok();
    text.strip_prefix('@')
        .map_or_else(calendar, number)
        .map(UnixMillis)
}
