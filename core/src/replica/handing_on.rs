//! What is given to a phone directly, from screen to camera: enough to read the first screen without ever having had a network.

use super::Replica;
use crate::{
    compartment::Compartment,
    id::{CompartmentTag, DeviceId},
    ledger::OrganisationKey,
    log::{LogEntry, ParsedEntry},
};
use rand_core::CryptoRng;
use std::collections::BTreeSet;

/// What the first screen is drawn from.
const FIRST_SCREEN: [Compartment; 2] = [Compartment::Emergency, Compartment::Care];

impl Replica {
    /// For a device that was let in: the ledger, its keys, and as sealed what the first screen is drawn from, as far as it may read that;
    /// as a snapshot where that is shorter. The rest comes with a network.
    pub fn for_first_screen(&self, device: &DeviceId, rng: &mut impl CryptoRng) -> Vec<LogEntry> {
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        let may_read =
            |tag: &CompartmentTag| state.is_some_and(|state| state.right(device, tag).is_some());
        self.first_screen_for(&BTreeSet::from([*device]), may_read, rng)
    }

    /// As [`Replica::for_first_screen`], for an organisation that was let in and those of its staff whom the family met: as far as
    /// its grants go. Nobody of them is in this ledger before the organisation certifies them.
    pub fn for_first_screen_of_staff(
        &self,
        organisation: &OrganisationKey,
        met: &BTreeSet<DeviceId>,
        rng: &mut impl CryptoRng,
    ) -> Vec<LogEntry> {
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        let organisations = state.into_iter().flat_map(|state| state.organisations());
        let readable: BTreeSet<CompartmentTag> = organisations
            .filter(|(key, _)| key == organisation)
            .flat_map(|(_, grants)| grants.values())
            .flat_map(|granted| granted.rights.keys().copied())
            .collect();
        self.first_screen_for(met, |tag| readable.contains(tag), rng)
    }

    fn first_screen_for(
        &self,
        devices: &BTreeSet<DeviceId>,
        may_read: impl Fn(&CompartmentTag) -> bool,
        rng: &mut impl CryptoRng,
    ) -> Vec<LogEntry> {
        let is_for_them = |entry: &&LogEntry| match entry.parse() {
            Ok(ParsedEntry::Operation(_)) => true,
            Ok(ParsedEntry::Bundle(bundle)) => devices.contains(&bundle.header().recipient),
            _ => false,
        };
        let mut given: Vec<_> = self.entries.iter().filter(is_for_them).cloned().collect();
        for compartment in FIRST_SCREEN {
            let tag = self.keyring.tag(compartment);
            if let Some(tag) = tag.filter(&may_read) {
                let whole = self.sealed_in(&tag);
                // What is in dispute or incomplete cannot be compacted, and goes as it is.
                let short = self.compacted(compartment, rng).ok();
                let short = short.filter(|one| one.bytes.len() < size(&whole));
                given.extend(short.map_or(whole, |one| vec![one]));
            }
        }
        given
    }

    fn sealed_in(&self, tag: &CompartmentTag) -> Vec<LogEntry> {
        let is_in_it = |entry: &&LogEntry| match entry.parse() {
            Ok(ParsedEntry::Chunk(chunk)) => chunk.header().compartment == *tag,
            Ok(ParsedEntry::Snapshot(snapshot)) => snapshot.header().compartment == *tag,
            _ => false,
        };
        self.entries.iter().filter(is_in_it).cloned().collect()
    }
}

fn size(entries: &[LogEntry]) -> usize {
    entries.iter().map(|entry| entry.bytes.len()).sum()
}
