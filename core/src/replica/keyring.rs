//! The epoch keys a device holds.

use crate::{
    bundle::BundledKey,
    compartment::Compartment,
    epoch::EpochKey,
    id::{CompartmentTag, EpochId},
    ledger::{Ledger, State},
};
use std::collections::BTreeMap;

/// Keys by compartment. What it holds fits the ledger's commitments: `add` refuses everything else.
#[derive(Debug, Default)]
pub(super) struct Keyring {
    names: BTreeMap<CompartmentTag, Compartment>,
    keys: BTreeMap<EpochId, EpochKey>,
}

impl Keyring {
    /// Adds a key if the ledger committed to it for this compartment. Was it new?
    pub(super) fn add(&mut self, bundled: BundledKey, state: &State) -> bool {
        if !state.has_epoch(&bundled.tag, &bundled.epoch) || self.keys.contains_key(&bundled.epoch)
        {
            return false;
        }
        // Whoever manages one compartment may rotate its key under the name of another. What a tag stands for never changes.
        let named = self.name(&bundled.tag);
        let tagged = self.tag(bundled.compartment);
        if named.is_some_and(|name| name != bundled.compartment)
            || tagged.is_some_and(|tag| tag != bundled.tag)
        {
            return false;
        }
        self.names.insert(bundled.tag, bundled.compartment);
        self.keys.insert(bundled.epoch, bundled.key);
        true
    }

    pub(super) fn key(&self, epoch: &EpochId) -> Option<&EpochKey> {
        self.keys.get(epoch)
    }

    /// Which compartment a tag stands for, if this device was told.
    pub(super) fn name(&self, tag: &CompartmentTag) -> Option<Compartment> {
        self.names.get(tag).copied()
    }

    pub(super) fn tag(&self, compartment: Compartment) -> Option<CompartmentTag> {
        self.names
            .iter()
            .find_map(|(tag, name)| (*name == compartment).then_some(*tag))
    }

    /// The compartments this device can read, in the design's order.
    pub(super) fn compartments(&self) -> Vec<(Compartment, CompartmentTag)> {
        let mut list: Vec<_> = self.names.iter().map(|(tag, name)| (*name, *tag)).collect();
        list.sort_unstable();
        list
    }

    /// The key to write under: the newest this device holds among those that nobody holds who may not read any more. One that
    /// a newer key replaced serves until that key arrives, as long as that is so.
    pub(super) fn to_write(
        &self,
        tag: &CompartmentTag,
        ledger: &Ledger,
    ) -> Option<(EpochId, &EpochKey)> {
        let state = ledger.state();
        let held = |epoch: EpochId| {
            let key = self.keys.get(&epoch)?;
            ledger.is_write_epoch(tag, &epoch).then_some((epoch, key))
        };
        state
            .newest_epochs(tag)
            .find_map(held)
            .or_else(|| state.epochs(tag).find_map(held))
    }

    /// Every key of a compartment, so that a newcomer can read its whole history.
    pub(super) fn all_of(
        &self,
        tag: &CompartmentTag,
        state: &State,
    ) -> Vec<(Compartment, CompartmentTag, &EpochKey)> {
        let Some(name) = self.name(tag) else {
            return Vec::new();
        };
        state
            .epochs(tag)
            .filter_map(|epoch| self.keys.get(&epoch))
            .map(|key| (name, *tag, key))
            .collect()
    }
}
