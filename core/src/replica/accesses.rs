//! Who fetched what of this record, from the relay's list, with the names this device knows.

use super::Replica;
use crate::{
    access::SignedAccess,
    access_log::{LastRead, Trouble, read_on},
    compartment::Compartment,
    id::DeviceId,
    time::UnixMillis,
};
use serde::Serialize;

/// What a device fetched within a short time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// Counted from 1.
    pub number: u64,
    /// Names this access for good, hex.
    pub hash: String,
    /// Which device.
    pub device: DeviceId,
    /// The first time, by the relay's clock.
    pub began: UnixMillis,
    /// The last time.
    pub ended: UnixMillis,
    /// How many entries were sent, repetitions included.
    pub entries: u64,
    /// The compartments they were of, as far as this device knows what they are.
    pub compartments: Vec<Compartment>,
}

/// A page of the relay's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessPage {
    /// What is new in it.
    pub accesses: Vec<Fetched>,
    /// What is wrong with it.
    pub troubles: Vec<Trouble>,
    /// From where to read on.
    pub last: Option<LastRead>,
}

impl Replica {
    /// Reads a page of the relay's list, as [`read_on`].
    pub fn read_accesses(&self, last: Option<LastRead>, page: &[(u64, Vec<u8>)]) -> AccessPage {
        let read = read_on(&self.record, last, page);
        AccessPage {
            accesses: read.accesses.iter().map(|one| self.fetched(one)).collect(),
            troubles: read.troubles,
            last: read.last,
        }
    }

    fn fetched(&self, signed: &SignedAccess) -> Fetched {
        let access = &signed.access;
        let tags = access.compartments.iter();
        let mut compartments: Vec<_> = tags.filter_map(|tag| self.keyring.name(tag)).collect();
        compartments.sort_unstable();
        Fetched {
            number: access.number,
            hash: signed.hash.to_string(),
            device: access.device,
            began: access.began,
            ended: access.ended,
            entries: access.entries,
            compartments,
        }
    }
}
