//! What a phone that was let in by a recovery kit needs to know: which other devices are its own person's.

use super::Replica;
use crate::{
    device::DevicePublic,
    id::{DeviceId, MemberId},
};
use std::collections::BTreeSet;

impl Replica {
    /// The devices of this device's own person that are in the record now, this one included: phones, and kits on paper.
    pub fn own_devices(&self) -> Vec<DeviceId> {
        let Some(ledger) = &self.ledger else {
            return Vec::new();
        };
        let state = ledger.state();
        let persons: BTreeSet<MemberId> = state.members_of(&self.keys.id()).collect();
        let devices: BTreeSet<DeviceId> = persons
            .iter()
            .flat_map(|person| state.devices_of(person))
            .map(DevicePublic::id)
            .collect();
        devices.into_iter().collect()
    }
}
