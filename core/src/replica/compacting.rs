//! Compacting a compartment into a snapshot, and taking one in.
//!
//! A snapshot is made only when nothing is missing, waiting or in dispute, and only with an attestation for the very last
//! change of every writing session in it: what cannot be proven afterwards is not compacted. Where a removal cut somebody
//! short, it also holds what they attested there. What a snapshot claims to cover is believed only as far as the attestations
//! in it prove it.

use super::{Open, Refusal, Replica, SetAside, receiving::Received, verdicts::Verdicts};
use crate::{
    attestation::Attestation,
    barrier::{Trial, Watched},
    chunk::SealError,
    compartment::Compartment,
    id::{ActorId, ChangeId, ChunkId, CompartmentTag, DeviceId, SnapshotId},
    ledger::{operation::Operation, rights::Right},
    log::{EntryHash, EntryKind, LogEntry, ParsedEntry},
    replica::{EditingError, PeopleError},
    sealed::{EntryError, SealedSnapshot, SnapshotHeader},
    snapshot::{self, OpenedSnapshot},
    time::UnixMillis,
    validator,
};
use rand_core::CryptoRng;
use std::collections::{BTreeMap, BTreeSet};

/// Most chunks of one writing session that are told apart beyond a frontier.
const MAX_CUTS: usize = 64;

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
    /// The ledger does not take it.
    #[error(transparent)]
    People(#[from] PeopleError),
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
        let entry = self.compacted(compartment, rng)?;
        self.take_own(vec![entry.clone()])?;
        Ok(entry)
    }

    /// Begins a compartment anew: a snapshot of all that is in it, and a manager's word in the ledger that it may be begun with.
    /// It hides nothing, neither what came before nor what others say beside it. Both entries are to be sent, in this order.
    ///
    /// # Errors
    /// [`CompactingError`]; [`EditingError::NoRight`] if this device does not manage the compartment.
    pub fn restart(
        &mut self,
        compartment: Compartment,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, CompactingError> {
        if self.right(compartment) != Some(Right::Manage) {
            return Err(EditingError::NoRight(compartment).into());
        }
        let snapshot = self.compacted(compartment, rng)?;
        let operation = Operation::Restart {
            compartment: self
                .keyring
                .tag(compartment)
                .ok_or(CompactingError::NoKey(compartment))?,
            snapshot: SnapshotId::new(snapshot.hash().0),
        };
        let entries = vec![snapshot, self.sign(&operation, now)?];
        self.take_own(entries.clone())?;
        Ok(entries)
    }

    /// A snapshot that is only handed on: this device goes on with its chunks.
    pub(super) fn compacted(
        &self,
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
        let mut proofs = Vec::new();
        for actor in open.document.actors() {
            let newest = open.document.newest(&actor);
            let proof = open
                .attestations
                .get(&actor)
                .filter(|proof| newest == Some(last_change(proof)));
            let proof = proof.ok_or(CompactingError::Unattested(compartment))?;
            proofs.push(proof.clone());
        }
        let (cuts, mut positions) = self.cuts(open);
        proofs.extend(cuts);
        proofs.sort_by_cached_key(|proof| (proof.actor(), proof.attested().sequence));
        proofs.dedup_by_key(|proof| (proof.actor(), proof.attested().sequence));
        let reached = proofs
            .iter()
            .map(|proof| (proof.device(), proof.attested().counter))
            .collect();
        let attestations: Vec<&[u8]> = proofs.iter().map(Attestation::bytes).collect();
        positions.extend(self.chains.positions(open.tag));
        positions.sort_unstable();
        positions.dedup();
        let (epoch, key) = self
            .keyring
            .to_write(&open.tag, ledger)
            .ok_or(EditingError::KeyOwed(compartment))?;
        let header = SnapshotHeader {
            record: self.record,
            compartment: open.tag,
            epoch,
            heads: ledger.heads(),
            positions: provable(positions, &reached),
        };
        let bytes = snapshot::seal(
            &header,
            &open.document.save(),
            &attestations,
            &self.keys,
            key,
            rng,
        )?;
        Ok(LogEntry {
            kind: EntryKind::Snapshot,
            bytes,
        })
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
        let mut attested: BTreeMap<ActorId, (u64, ChangeId)> = BTreeMap::new();
        for proof in &attestations {
            let last = last_change(proof);
            let newest = attested.entry(proof.actor()).or_insert(last);
            *newest = (*newest).max(last);
        }
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
        if let Some(open) = self.compartments.get_mut(&compartment) {
            open.words.note_snapshot(&opened, &attestations);
        }
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

    /// Where removals cut authors short: the attestations of the chunks beyond, and of the last one before, with their
    /// positions. Without them nobody could tell the two apart who gets the snapshot and not the chunks.
    fn cuts(&self, open: &Open) -> (Vec<Attestation>, Vec<(DeviceId, u64, ChunkId)>) {
        let verdicts = Verdicts::new(self);
        let mut sessions: BTreeMap<ActorId, Vec<(u64, ChunkId, bool)>> = BTreeMap::new();
        for (chunk, carrier) in open.words.chunks() {
            let counts = verdicts.of_chunk(open.tag, chunk, carrier) >= Some(Right::Append);
            let session = sessions.entry(carrier.session()).or_default();
            session.push((carrier.counter, chunk, counts));
        }
        let (mut proofs, mut positions) = (Vec::new(), Vec::new());
        for mut session in sessions.into_values() {
            session.sort_unstable();
            let beyond = session.iter().filter(|(.., counts)| !counts);
            let Some(first) = beyond.clone().map(|(counter, ..)| *counter).min() else {
                continue;
            };
            let before = session.iter().rfind(|of| of.2 && of.0 < first);
            for (counter, chunk, _) in beyond.take(MAX_CUTS).chain(before) {
                if let Some(proof) = self.reopen(*chunk) {
                    positions.push((proof.device(), *counter, *chunk));
                    proofs.push(proof);
                }
            }
        }
        // What this device itself knows from snapshots only, of whoever writes no more.
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        let writes = |author: &DeviceId| {
            state.is_some_and(|state| state.may(author, &open.tag, Right::Append))
        };
        for (_, snapshot) in open.words.compacted() {
            for proof in snapshot.marks().filter(|proof| !writes(&proof.device())) {
                let (author, counter) = (proof.device(), proof.attested().counter);
                let chunk = snapshot.chunk(&author, counter);
                positions.extend(chunk.map(|chunk| (author, counter, chunk)));
                proofs.push(proof.clone());
            }
        }
        (proofs, positions)
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
            .filter(|(author, ..)| *author == own)
            .map(|(_, counter, _)| *counter)
            .max();
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
