//! Where a device stands in a record at this moment: by the ledger, and by the relay's calendar for grants that end.

use crate::problem::Kind;
use omamori_core::{
    id::{CompartmentTag, DeviceId, RecordId},
    ledger::{Ledger, State, operation::UntilDate, rights::Right},
    sealed::ChunkHeader,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// The families' calendar: Japan, nine hours ahead, without summer time.
const OFFSET: u64 = 9 * 3600;
/// A grant's last day ends so much later here: clocks are off by minutes.
const GRACE: u64 = 10 * 60;
const DAY: u64 = 24 * 3600;
/// Removed devices remembered at once.
const REMEMBERED: usize = 10_000;

/// Where a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is in the record.
    Member,
    /// It was. It may still hand in what it wrote before, and reads nothing.
    Removed,
    /// It never was.
    Stranger,
}

impl Standing {
    /// Of this device, on this day.
    pub fn of(device: &DeviceId, state: &State, day: UntilDate) -> Self {
        let holds = |tag: CompartmentTag| state.right_on(device, &tag, Some(day)).is_some();
        if state.compartments().any(holds) {
            Self::Member
        } else if state.known_device(device).is_some() {
            Self::Removed
        } else {
            Self::Stranger
        }
    }

    /// Who is not in the record is told why.
    ///
    /// # Errors
    /// [`Kind::Removed`], [`Kind::Forbidden`].
    pub fn must_be_member(self) -> Result<(), Kind> {
        match self {
            Self::Member => Ok(()),
            Self::Removed => Err(Kind::Removed),
            Self::Stranger => Err(Kind::Forbidden),
        }
    }
}

/// The day on which a grant is judged, at so many seconds since 1970.
pub fn day(seconds: u64) -> UntilDate {
    let days = seconds.saturating_add(OFFSET).saturating_sub(GRACE) / DAY;
    UntilDate(i64::try_from(days).unwrap_or(i64::MAX))
}

/// Do these words count, as far as a relay can tell: had the author the right, and had whoever removed the author seen them?
/// Places are told by their number alone here; replicas look at the branch as well.
pub fn counts(ledger: &Ledger, author: &DeviceId, header: &ChunkHeader, day: UntilDate) -> bool {
    let tag = header.compartment;
    let right = ledger.right_of_words(author, &tag, &header.heads, &|frontiers| {
        let mut chunks = frontiers.iter().flatten().flat_map(|seen| &seen.chunks);
        chunks.any(|(of, counter, _)| *of == tag && header.counter <= *counter)
    });
    let state = ledger.state();
    let has_ended = state.may(author, &tag, Right::Append)
        && state.right_on(author, &tag, Some(day)) < Some(Right::Append);
    right >= Some(Right::Append) && !has_ended
}

/// What removed devices may still hand in of what nobody had seen when they were removed: little, because it can be written at any
/// time later and made to look old.
pub struct Lane {
    bytes: usize,
    taken: Mutex<HashMap<(RecordId, DeviceId), usize>>,
}

impl Lane {
    /// So many bytes for each removed device, until the relay restarts.
    pub fn new(bytes: usize) -> Self {
        Self {
            bytes,
            taken: Mutex::default(),
        }
    }

    /// Takes so many bytes of this author's. `false`: the lane is used up.
    pub fn take(&self, record: RecordId, author: DeviceId, bytes: usize) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= REMEMBERED && !taken.contains_key(&(record, author)) {
            return false;
        }
        let used = taken.entry((record, author)).or_default();
        let fits = used.saturating_add(bytes) <= self.bytes;
        if fits {
            *used += bytes;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_japan_and_a_little_later() {
        // 2026-11-21T00:00 in Japan. A clock that is minutes off closes nothing too early.
        let midnight = 1_795_186_800;
        let (before, after) = (day(midnight - 1), day(midnight + 10 * 60));
        assert_eq!(after.0, before.0 + 1);
        assert_eq!(day(midnight + 10 * 60 - 1), before);
    }

    #[test]
    fn a_lane_holds_so_much_for_each_device() {
        let lane = Lane::new(10);
        let take =
            |device, bytes| lane.take(RecordId::new([1; 32]), DeviceId::new([device; 32]), bytes);
        assert!(take(1, 6) && !take(1, 6) && take(1, 4) && take(2, 10));
    }
}
