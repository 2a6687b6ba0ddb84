//! Beginning a record, or beginning to follow one.

use super::{EditingError, Member, PeopleError, Replica, chains::Chains, keyring::Keyring};
use crate::{
    bundle::BundledKey,
    compartment::Compartment,
    device::DeviceKeys,
    epoch::EpochKey,
    id::{CompartmentTag, RecordId},
    ledger::operation::{Genesis, Operation, sign_operation},
    log::{EntryKind, LogEntry},
    screen::source::Role,
    statement::UnixMillis,
    view::View,
};
use rand_core::CryptoRng;
use std::collections::BTreeMap;

impl Replica {
    /// Begins a record. The guardian's name goes into every compartment, so that whoever reads one knows who wrote.
    ///
    /// The entries are the genesis, this device's own bundle and the first chunks: all of them also in
    /// [`Replica::entries`].
    ///
    /// # Errors
    /// [`PeopleError`]; none that a device with sound keys meets.
    pub fn create(
        keys: DeviceKeys,
        guardian: &str,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<LogEntry>), PeopleError> {
        let mut first: Vec<BundledKey> = Compartment::ALL
            .into_iter()
            .map(|name| first_key(name, rng))
            .collect();
        // Ascending tags are a shuffled order of the compartments, because the tags are random.
        first.sort_by_key(|key| key.tag);
        let genesis = sign_genesis(&keys, &first, now, rng);
        let mut replica = Self::join(keys, RecordId::new(genesis.hash().0));
        let bundle = replica.founders_bundle(&genesis, first, rng)?;
        replica.take_own(vec![genesis.clone(), bundle.clone()])?;
        let mut entries = vec![genesis, bundle];
        let member = Member {
            name: guardian.to_owned(),
            role: Role::Guardian,
            organisation: String::new(),
        };
        entries.extend(replica.introduce(
            &replica.device(),
            &member,
            &Compartment::ALL,
            now,
            rng,
        )?);
        Ok((replica, entries))
    }

    /// Begins to follow a record that this device was, or will be, let into. Empty until entries come.
    pub fn join(keys: DeviceKeys, record: RecordId) -> Self {
        Self {
            record,
            keys,
            ledger: None,
            keyring: Keyring::default(),
            compartments: BTreeMap::new(),
            chains: Chains::default(),
            entries: Vec::new(),
            known: BTreeMap::new(),
            pending: BTreeMap::new(),
            set_aside: Vec::new(),
            glass: super::Glass::default(),
            view: View::default(),
        }
    }

    /// The founder learns its own keys like everybody else, from a bundle: entries and keys restore it.
    fn founders_bundle(
        &self,
        genesis: &LogEntry,
        first: Vec<BundledKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<LogEntry, PeopleError> {
        let heads = vec![crate::id::OperationId::new(genesis.hash().0)];
        let bundled: Vec<_> = first
            .iter()
            .map(|key| (key.compartment, key.tag, &key.key))
            .collect();
        let bytes = crate::bundle::wrap(
            &self.keys,
            self.keys.public(),
            self.record,
            heads,
            &bundled,
            rng,
        )?;
        Ok(LogEntry {
            kind: EntryKind::Bundle,
            bytes,
        })
    }

    /// Takes what this device just made. It goes through the same door as everything else.
    pub(super) fn take_own(&mut self, entries: Vec<LogEntry>) -> Result<(), EditingError> {
        let received = self.receive(entries);
        received
            .refused
            .into_iter()
            .next()
            .map_or(Ok(()), |refused| Err(EditingError::OwnEntry(refused.why)))
    }
}

fn first_key(compartment: Compartment, rng: &mut impl CryptoRng) -> BundledKey {
    let mut tag = [0; CompartmentTag::LEN];
    rng.fill_bytes(&mut tag);
    let (tag, key) = (CompartmentTag::new(tag), EpochKey::generate(rng));
    BundledKey {
        compartment,
        tag,
        epoch: key.id(&tag, compartment),
        key,
    }
}

fn sign_genesis(
    keys: &DeviceKeys,
    first: &[BundledKey],
    now: UnixMillis,
    rng: &mut impl CryptoRng,
) -> LogEntry {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    let compartments = first.iter().map(|key| (key.tag, key.epoch)).collect();
    let genesis = Operation::Genesis(Genesis {
        device: keys.public().clone(),
        compartments,
        salt,
    });
    let bytes = sign_operation(None, Vec::new(), now, &genesis, &keys.id(), keys.signing());
    LogEntry {
        kind: EntryKind::Operation,
        bytes,
    }
}
