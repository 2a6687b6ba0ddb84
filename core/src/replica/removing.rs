//! Taking back: a lost phone, a grant that ends, staff that leaves. Every removal brings new keys with it.

use super::{PeopleError, Replica};
use crate::{
    id::{DeviceId, OperationId},
    ledger::operation::{Frontier, Operation},
    log::LogEntry,
    statement::UnixMillis,
};
use rand_core::CryptoRng;
use std::collections::BTreeSet;

impl Replica {
    /// Removes a device: lost, or retired. What it wrote beyond what this device has seen is quarantined.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn remove_device(
        &mut self,
        device: &DeviceId,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let frontier = self.seen_of(device)?;
        self.take_back(&Operation::RemoveDevice { frontier }, now, rng)
    }

    /// Takes a grant back.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn revoke(
        &mut self,
        grant: &OperationId,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let revoke = |grant, frontiers| Operation::Revoke { grant, frontiers };
        self.end_grant(*grant, revoke, now, rng)
    }

    /// Says that a grant with an end has ended.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn close(
        &mut self,
        grant: &OperationId,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let close = |grant, frontiers| Operation::Close { grant, frontiers };
        self.end_grant(*grant, close, now, rng)
    }

    /// Ends a member of an organisation's staff: the person with this first key. The tablet stays.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn end_staff(
        &mut self,
        first_key: &DeviceId,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let ended = self.ending_of_staff(first_key)?;
        self.take_back(&ended, now, rng)
    }

    /// The operation that ends a member of staff, as this device has seen them.
    pub(super) fn ending_of_staff(&self, first_key: &DeviceId) -> Result<Operation, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        let person = crate::id::MemberId::from(*first_key);
        let mut keys: BTreeSet<DeviceId> = ledger
            .state()
            .devices_of(&person)
            .map(crate::device::DevicePublic::id)
            .collect();
        keys.insert(*first_key);
        let frontiers = self.seen_of_all(keys)?;
        Ok(Operation::StaffEnd { frontiers })
    }

    /// The removal, and the rotation it owes as far as this device may make it.
    fn take_back(
        &mut self,
        removal: &Operation,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let entry = self.sign(removal, now)?;
        self.take_own(vec![entry.clone()])?;
        let mut entries = vec![entry];
        entries.extend(self.complete(now, rng)?);
        Ok(entries)
    }

    fn end_grant(
        &mut self,
        grant: OperationId,
        ending: impl Fn(OperationId, Vec<Frontier>) -> Operation,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        let frontiers = self.seen_of_all(ledger.losers_of(&grant))?;
        self.take_back(&ending(grant, frontiers), now, rng)
    }

    fn seen_of_all(&self, devices: BTreeSet<DeviceId>) -> Result<Vec<Frontier>, PeopleError> {
        devices.iter().map(|device| self.seen_of(device)).collect()
    }

    /// How far a device had got, as this one has seen it.
    fn seen_of(&self, device: &DeviceId) -> Result<Frontier, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        let chunks = ledger.state().compartments().flat_map(|tag| {
            let ends = self.chains.ends(*device, tag).into_iter();
            ends.map(move |(counter, chunk)| (tag, counter, chunk))
        });
        Ok(Frontier {
            device: *device,
            operation: ledger.last_signed_by(device),
            chunks: chunks.collect(),
        })
    }
}
