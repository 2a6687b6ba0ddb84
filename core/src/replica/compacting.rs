//! Compacting a compartment into a snapshot, and taking one in.
//!
//! A snapshot is made only when nothing is missing, waiting or in dispute, and only with an attestation for the very last
//! change of every writing session in it: what cannot be proven afterwards is not compacted. What a snapshot claims to cover is
//! believed only as far as the attestations in it prove it.

use super::{Refusal, Replica, SetAside, receiving::Received};
use crate::{
    attestation::Attestation,
    barrier::{Trial, Watched},
    chunk::SealError,
    compartment::Compartment,
    id::{ActorId, ChangeId, ChunkId, CompartmentTag, DeviceId},
    ledger::rights::Right,
    log::{EntryHash, EntryKind, LogEntry, ParsedEntry},
    replica::EditingError,
    sealed::{EntryError, SealedSnapshot, SnapshotHeader},
    snapshot::{self, OpenedSnapshot},
    validator,
};
use rand_core::CryptoRng;
use std::collections::{BTreeMap, BTreeSet};

/// Why there is no snapshot now. Nothing is lost: the chunks stay.
#[derive(Debug, thiserror::Error)]
pub enum CompactingError {
    /// This device cannot read the compartment.
    #[error("this device has no key for {0}")]
    NoKey(Compartment),
    /// Chunks are missing, or changes wait or contradict their author: a snapshot would claim to hold them.
    #[error("{0} is not complete on this device")]
    Incomplete(Compartment),
    /// Nobody vouches for the last change of a writing session.
    #[error("nobody vouches for all of {0}")]
    Unattested(Compartment),
    /// Too large for one entry.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// This device may not make snapshots here.
    #[error(transparent)]
    Own(#[from] EditingError),
}

impl Replica {
    /// Compacts a compartment. The entry is to be stored and sent; it is also in [`Replica::entries`] already.
    ///
    /// # Errors
    /// [`CompactingError`].
    pub fn snapshot(
        &mut self,
        compartment: Compartment,
        rng: &mut impl CryptoRng,
    ) -> Result<LogEntry, CompactingError> {
        let (Some(open), Some(ledger)) = (self.compartments.get(&compartment), &self.ledger) else {
            return Err(CompactingError::NoKey(compartment));
        };
        if !ledger.state().may(&self.keys.id(), &open.tag, Right::Write) {
            return Err(EditingError::NoRight(compartment).into());
        }
        let missing = self
            .chains
            .missing()
            .iter()
            .any(|chunk| chunk.compartment == open.tag);
        let unsettled =
            open.document.waiting().next().is_some() || open.document.forks().next().is_some();
        if missing || unsettled {
            return Err(CompactingError::Incomplete(compartment));
        }
        let (mut attestations, mut reached) = (Vec::new(), BTreeSet::new());
        for actor in open.document.actors() {
            let newest = open.document.newest(&actor);
            let proof = open
                .attestations
                .get(&actor)
                .filter(|proof| newest == Some(last_change(proof)));
            let proof = proof.ok_or(CompactingError::Unattested(compartment))?;
            attestations.push(proof.bytes());
            reached.insert((proof.device(), proof.attested().counter));
        }
        let (epoch, key) = self
            .keyring
            .to_write(&open.tag, ledger)
            .ok_or(EditingError::KeyOwed(compartment))?;
        let header = SnapshotHeader {
            record: self.record,
            compartment: open.tag,
            epoch,
            heads: ledger.heads(),
            positions: provable(self.chains.positions(open.tag), &reached),
        };
        let bytes = snapshot::seal(
            &header,
            &open.document.save(),
            &attestations,
            &self.keys,
            key,
            rng,
        )?;
        let entry = LogEntry {
            kind: EntryKind::Snapshot,
            bytes,
        };
        self.take_own(vec![entry.clone()])?;
        Ok(entry)
    }

    pub(super) fn take_snapshots(&mut self, trial: &mut dyn Trial, received: &mut Received) {
        let snapshots = self.pending_of(|_, entry| match entry {
            ParsedEntry::Snapshot(snapshot) => Some(snapshot.clone()),
            _ => None,
        });
        for (hash, snapshot) in snapshots {
            let author = snapshot.author();
            match self.take_snapshot(snapshot, trial, received) {
                Ok(true) => {
                    self.pending.remove(&hash);
                    self.accept(hash, EntryKind::Snapshot, received);
                }
                Ok(false) | Err(Refusal::Entry(EntryError::Missing(_))) => {}
                Err(why) => {
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Snapshot, Some(author), why, received);
                }
            }
        }
    }

    /// `false`: it waits, for a key or for a trial.
    fn take_snapshot(
        &mut self,
        snapshot: SealedSnapshot,
        trial: &mut dyn Trial,
        received: &mut Received,
    ) -> Result<bool, Refusal> {
        let authentic = self.judge(snapshot)?;
        let header = authentic.header();
        let (Some(key), Some(compartment)) = (
            self.keyring.key(&header.epoch),
            self.keyring.name(&header.compartment),
        ) else {
            return Ok(false);
        };
        let opened = snapshot::open(&authentic, key)?;
        let attestations = self.proven(&opened)?;
        let Some(open) = self.compartments.get_mut(&compartment) else {
            return Ok(false);
        };
        let attested: BTreeMap<ActorId, (u64, ChangeId)> = attestations
            .iter()
            .map(|proof| (proof.actor(), last_change(proof)))
            .collect();
        let from = ChunkId::new(*opened.id.as_bytes());
        let mut trial = Watched::new(trial);
        let admission = open
            .document
            .admit_snapshot(from, &opened.content.save, &attested, &mut trial)
            .map_err(|_| Refusal::DamagedSave)?;
        if trial.unavailable {
            return Ok(false);
        }
        let went_in = !admission.applied.is_empty() || !admission.waiting.is_empty();
        // Two changes in one place are their author's fault, and no reason to doubt what else the snapshot holds.
        let unsound = admission
            .refused
            .into_iter()
            .map(|refused| refused.why)
            .find(|why| !matches!(why, validator::Refusal::Equivocation { .. }));
        if let (Some(why), false) = (&unsound, went_in) {
            return Err(Refusal::Changes(why.clone()));
        }
        let reached = attestations
            .iter()
            .map(|proof| (proof.device(), proof.attested().counter))
            .collect();
        self.note_reached(compartment, &opened.header, &reached);
        let positions = provable(opened.header.positions.clone(), &reached);
        let unproven = positions.len() < opened.header.positions.len();
        let why = unsound.map(Refusal::Changes);
        let why = why.or(unproven.then_some(Refusal::UnprovenPosition));
        attestations
            .into_iter()
            .for_each(|proof| self.remember(compartment, proof));
        let left_out = self.left_out(opened.header.compartment, &positions);
        received.push_again.extend(left_out);
        if let Some(why) = why {
            // Part of it went in, and somebody may follow that; but what it claims to cover is not to be relied on.
            self.set_aside.push(SetAside {
                hash: EntryHash(*opened.id.as_bytes()),
                kind: EntryKind::Snapshot,
                author: Some(opened.author),
                why,
            });
            return Ok(true);
        }
        self.chains.cover(opened.header.compartment, &positions);
        Ok(true)
    }

    /// The attestations of a snapshot, each verified with its author's keys and belonging here.
    fn proven(&self, opened: &OpenedSnapshot) -> Result<Vec<Attestation>, Refusal> {
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        let mut proven = Vec::new();
        for claimed in &opened.content.attestations {
            let keys = state
                .and_then(|state| state.known_device(&claimed.device()))
                .ok_or(Refusal::Unattested)?;
            let proof = claimed.clone().verify(keys)?;
            let attested = proof.attested();
            if attested.record != self.record || attested.compartment != opened.header.compartment {
                return Err(Refusal::Unattested);
            }
            proven.push(proof);
        }
        Ok(proven)
    }

    /// Notes how far the snapshot reaches with each author, as they attest it: what comes with it and without its chunk is
    /// judged by that.
    fn note_reached(
        &mut self,
        compartment: Compartment,
        header: &SnapshotHeader,
        reached: &BTreeSet<(DeviceId, u64)>,
    ) {
        let last: BTreeMap<DeviceId, u64> = reached.iter().copied().collect();
        let positions = last.into_iter().map(|(author, counter)| {
            let named = |of: &&(DeviceId, u64, ChunkId)| (of.0, of.1) == (author, counter);
            let chunk = header.positions.iter().find(named).map(|of| of.2);
            (author, counter, chunk.unwrap_or(ChunkId::new([0; 32])))
        });
        let header = SnapshotHeader {
            positions: positions.collect(),
            ..header.clone()
        };
        if let Some(open) = self.compartments.get_mut(&compartment) {
            open.words.note_snapshot(header);
        }
    }

    /// This device's own chunks that a snapshot with these positions does not hold.
    fn left_out(
        &self,
        compartment: CompartmentTag,
        positions: &[(DeviceId, u64, ChunkId)],
    ) -> Vec<EntryHash> {
        let own = self.keys.id();
        let reached = positions
            .iter()
            .find(|(author, ..)| *author == own)
            .map(|(_, counter, _)| *counter);
        self.chains
            .after(own, compartment, reached)
            .map(|chunk| EntryHash(*chunk.as_bytes()))
            .collect()
    }
}

/// The positions up to which one of these (device, counter of a chunk) reaches: each names its author's last chunk.
fn provable(
    positions: Vec<(DeviceId, u64, ChunkId)>,
    reached: &BTreeSet<(DeviceId, u64)>,
) -> Vec<(DeviceId, u64, ChunkId)> {
    let positions = positions.into_iter();
    positions
        .filter(|(author, counter, _)| reached.contains(&(*author, *counter)))
        .collect()
}

fn last_change(proof: &Attestation) -> (u64, ChangeId) {
    (
        proof.attested().sequence,
        ChangeId::new(proof.attested().hash),
    )
}
