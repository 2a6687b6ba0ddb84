//! Receiving entries: any order, any number of times. What cannot be judged yet waits, what is unsound is set aside.
//!
//! Each entry takes the steps of the pipeline once: parsed → authentic → opened → attested → admitted.

use super::{Open, Refusal, Replica, SetAside, Standing, words::Words};
use crate::validator;
use crate::{
    attestation::Attestation,
    barrier::{Scratch, Trial, Watched},
    bundle, chunk,
    compartment::Compartment,
    document::{Admission, CompartmentDocument, ForeignChange},
    id::{ActorId, ChangeId, ChunkId, CompartmentTag, DeviceId, OperationId, RecordId},
    ledger::{Ledger, LedgerError, State, operation::SignedOperation},
    log::{EntryHash, EntryKind, LogEntry, ParsedEntry},
    sealed::{EntryError, Header, Sealed, SealedBundle, SealedChunk},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What became of received entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Received {
    /// Taken now, including entries that had waited.
    pub accepted: Vec<EntryHash>,
    /// Among those that came now, the ones that wait for others or for a key. They are kept.
    pub waiting: Vec<EntryHash>,
    /// Set aside now.
    pub refused: Vec<RefusedEntry>,
    /// Chunks of this device that a snapshot left out: to be pushed again.
    pub push_again: Vec<EntryHash>,
    /// Is the view another one than before?
    pub changed: bool,
}

/// An entry that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEntry {
    /// Which.
    pub hash: EntryHash,
    /// Why.
    pub why: Refusal,
}

impl serde::Serialize for RefusedEntry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut entry = serializer.serialize_struct("RefusedEntry", 3)?;
        entry.serialize_field("hash", &self.hash)?;
        entry.serialize_field("code", self.why.code())?;
        entry.serialize_field("detail", &self.why.to_string())?;
        entry.end()
    }
}

impl Replica {
    /// Takes entries in, with the barrier in this very thread.
    pub fn receive(&mut self, entries: Vec<LogEntry>) -> Received {
        self.receive_with(entries, &mut Scratch)
    }

    /// Takes entries in, with a barrier of the caller's: a disposable worker, where a panic cannot be caught.
    pub fn receive_with(&mut self, entries: Vec<LogEntry>, trial: &mut dyn Trial) -> Received {
        let mut received = Received::default();
        let mut new = Vec::new();
        for entry in entries {
            self.take_in(entry, &mut new, &mut received);
        }
        self.take_operations(&mut received);
        self.take_bundles(&mut received);
        self.take_packages(&mut received);
        self.take_openings(&mut received);
        self.take_snapshots(trial, &mut received);
        self.take_chunks(trial, &mut received);
        received.waiting = new
            .into_iter()
            .filter(|hash| self.pending.contains_key(hash))
            .collect();
        // What is refused now may have been heard while it waited.
        if !received.accepted.is_empty() || !received.refused.is_empty() {
            let before = std::mem::take(&mut self.view);
            self.rebuild_view();
            received.changed = before != self.view;
        }
        received
    }

    fn take_in(&mut self, entry: LogEntry, new: &mut Vec<EntryHash>, received: &mut Received) {
        let (kind, hash) = (entry.kind, entry.hash());
        // By kind too: bytes that somebody first offered as something else must not keep out the true entry.
        if self.known.contains_key(&(kind, hash)) {
            return;
        }
        let parsed = entry.parse();
        self.entries.push(entry);
        match parsed {
            Ok(parsed) => {
                self.known.insert((kind, hash), Standing::Waiting);
                self.pending.insert(hash, parsed);
                new.push(hash);
            }
            Err(error) => self.refuse(hash, kind, None, error.into(), received),
        }
    }

    pub(super) fn accept(&mut self, hash: EntryHash, kind: EntryKind, received: &mut Received) {
        self.known.insert((kind, hash), Standing::Accepted);
        received.accepted.push(hash);
    }

    pub(super) fn refuse(
        &mut self,
        hash: EntryHash,
        kind: EntryKind,
        author: Option<DeviceId>,
        why: Refusal,
        received: &mut Received,
    ) {
        // What a newer app wrote is kept for an update to read; the rest is remembered by hash and author only.
        if !why.is_future() {
            self.forget_bytes(hash, kind);
        }
        // What came at a bad moment may come again.
        if why.is_passing() {
            self.known.remove(&(kind, hash));
        } else {
            self.known.insert((kind, hash), Standing::SetAside);
            self.set_aside.push(SetAside {
                hash,
                kind,
                author,
                why: why.clone(),
            });
        }
        received.refused.push(RefusedEntry { hash, why });
    }

    fn forget_bytes(&mut self, hash: EntryHash, kind: EntryKind) {
        let is_it = |entry: &LogEntry| entry.kind == kind && entry.hash() == hash;
        // From the end: what is refused has mostly just come.
        if let Some(place) = self.entries.iter().rposition(is_it) {
            self.entries.remove(place);
        }
    }

    pub(super) fn pending_of<T>(
        &self,
        pick: impl Fn(&EntryHash, &ParsedEntry) -> Option<T>,
    ) -> Vec<(EntryHash, T)> {
        let picked = |(hash, entry)| pick(hash, entry).map(|picked| (*hash, picked));
        self.pending.iter().filter_map(picked).collect()
    }

    /// Each after those it follows: an operation is looked at once when it comes and once when the last it waited for was
    /// taken.
    fn take_operations(&mut self, received: &mut Received) {
        let waiting = self.pending_of(|_, entry| match entry {
            ParsedEntry::Operation(operation) => Some(operation.clone()),
            _ => None,
        });
        let mut followers: BTreeMap<OperationId, Vec<usize>> = BTreeMap::new();
        for (place, (_, operation)) in waiting.iter().enumerate() {
            for parent in operation.parents() {
                followers.entry(*parent).or_default().push(place);
            }
        }
        let begins = |operation: &SignedOperation| operation.parents().is_empty();
        let mut ready: Vec<usize> = (0..waiting.len()).collect();
        // The genesis first: without it nothing else is looked at.
        ready.sort_by_key(|place| waiting.get(*place).is_some_and(|(_, first)| begins(first)));
        let mut done = BTreeSet::new();
        while let Some(place) = ready.pop() {
            let Some((hash, operation)) = waiting.get(place).filter(|_| !done.contains(&place))
            else {
                continue;
            };
            let follows = |ledger: &Ledger| {
                let theirs = followers.get(&operation.id()).into_iter().flatten();
                theirs
                    .filter_map(|place| waiting.get(*place))
                    .any(|(_, follower)| is_anothers(ledger, operation, follower))
            };
            let followed = self.ledger.as_ref().is_some_and(follows);
            if self.take_operation(*hash, operation, followed, received) {
                done.insert(place);
                ready.extend(followers.get(&operation.id()).into_iter().flatten());
            }
        }
    }

    /// `true` when the operation needs no further look.
    fn take_operation(
        &mut self,
        hash: EntryHash,
        operation: &SignedOperation,
        followed: bool,
        received: &mut Received,
    ) -> bool {
        let result = match &mut self.ledger {
            Some(ledger) if followed => ledger.apply_followed(operation.clone()).map(|_| ()),
            Some(ledger) => ledger.apply(operation.clone()).map(|_| ()),
            None => begin(operation, &self.record).map(|ledger| self.ledger = ledger),
        };
        match result {
            Ok(()) if self.ledger.is_some() => {
                self.pending.remove(&hash);
                self.accept(hash, EntryKind::Operation, received);
                true
            }
            Ok(()) | Err(LedgerError::Missing(_)) => false,
            Err(error) => {
                self.pending.remove(&hash);
                self.refuse(
                    hash,
                    EntryKind::Operation,
                    Some(operation.signer()),
                    error.into(),
                    received,
                );
                true
            }
        }
    }

    fn take_bundles(&mut self, received: &mut Received) {
        let bundles = self.pending_of(|_, entry| match entry {
            ParsedEntry::Bundle(bundle) => Some(bundle.clone()),
            _ => None,
        });
        for (hash, bundle) in bundles {
            let author = bundle.author();
            match self.take_bundle(bundle) {
                Ok(false) => {}
                Ok(true) => {
                    self.pending.remove(&hash);
                    self.accept(hash, EntryKind::Bundle, received);
                }
                Err(Refusal::Entry(EntryError::Missing(_))) => {}
                Err(why) => {
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Bundle, Some(author), why, received);
                }
            }
        }
    }

    /// `false`: it waits for the operations that commit to its keys.
    fn take_bundle(&mut self, bundle: SealedBundle) -> Result<bool, Refusal> {
        let authentic = self.judge(bundle)?;
        let header = authentic.header();
        let (Some(ledger), true) = (&self.ledger, header.recipient == self.keys.id()) else {
            return Ok(true);
        };
        if !header.epochs.iter().all(|epoch| ledger.has_epoch(epoch)) {
            return Ok(false);
        }
        for bundled in bundle::unwrap(&authentic, &self.keys)? {
            let (compartment, tag) = (bundled.compartment, bundled.tag);
            if self.keyring.add(bundled, ledger.state()) {
                open_compartment(&mut self.compartments, &self.record, compartment, tag);
            }
        }
        Ok(true)
    }

    /// Believes an entry, or says why not. Without a ledger everything waits.
    pub(super) fn judge<H: Header>(
        &self,
        sealed: Sealed<H>,
    ) -> Result<crate::sealed::Authentic<H>, Refusal> {
        match &self.ledger {
            Some(ledger) => Ok(sealed.verify(ledger)?),
            None if sealed.header().record() != self.record => Err(EntryError::WrongRecord.into()),
            None => Err(EntryError::Missing(sealed.header().heads().to_vec()).into()),
        }
    }

    fn take_chunks(&mut self, trial: &mut dyn Trial, received: &mut Received) {
        // Judging costs a signature check, so a chunk without a key is judged once and then left until its key comes.
        let chunks = self.pending_of(|hash, entry| match entry {
            ParsedEntry::Chunk(chunk) if !self.is_locked(hash, chunk) => Some(chunk.clone()),
            _ => None,
        });
        let mut states = States::default();
        let mut opened: BTreeMap<Compartment, Vec<chunk::OpenedChunk>> = BTreeMap::new();
        for (hash, chunk) in chunks {
            let author = chunk.author();
            match self.open_chunk(chunk, &mut states) {
                Ok(Opening::Opened(compartment, chunk)) => {
                    opened.entry(compartment).or_default().push(*chunk);
                }
                Ok(Opening::NoKey) => {
                    self.locked.insert(hash);
                }
                Ok(Opening::NoLedger) => {}
                Err(why) => {
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Chunk, Some(author), why, received);
                }
            }
        }
        for (compartment, chunks) in opened {
            self.admit(compartment, chunks, trial, received);
        }
    }

    fn is_locked(&self, hash: &EntryHash, chunk: &SealedChunk) -> bool {
        self.locked.contains(hash) && self.keyring.key(&chunk.header().epoch).is_none()
    }

    fn open_chunk(&self, chunk: SealedChunk, states: &mut States) -> Result<Opening, Refusal> {
        let header = chunk.header();
        if header.record != self.record {
            return Err(EntryError::WrongRecord.into());
        }
        let Some(ledger) = &self.ledger else {
            return Ok(Opening::NoLedger);
        };
        let (heads, author) = (header.heads.clone(), chunk.author());
        let Some(keys) = ledger.state().known_device(&author) else {
            if ledger.missing(&heads).is_empty() {
                return Err(EntryError::UnknownAuthor(author).into());
            }
            return Ok(Opening::NoLedger);
        };
        // The signature first: nobody makes a device work out pasts with what they cannot sign.
        let signed = chunk.signed_by(keys.sign_key())?;
        let Some(state) = states.at(ledger, &heads) else {
            return Ok(Opening::NoLedger);
        };
        let authentic = signed.allowed_at(state)?;
        let header = authentic.header();
        let (Some(key), Some(compartment)) = (
            self.keyring.key(&header.epoch),
            self.keyring.name(&header.compartment),
        ) else {
            return Ok(Opening::NoKey);
        };
        let public = state
            .device(&author)
            .ok_or(EntryError::UnknownAuthor(author))?;
        let opened = chunk::open(&authentic, public, key)?;
        self.check_attestation(compartment, &opened)?;
        Ok(Opening::Opened(compartment, Box::new(opened)))
    }

    /// The attestation must be for the last change of its chunk: otherwise it would prove nothing after compaction.
    fn check_attestation(
        &self,
        compartment: Compartment,
        opened: &chunk::OpenedChunk,
    ) -> Result<(), Refusal> {
        let Some(open) = self.compartments.get(&compartment) else {
            return Ok(());
        };
        let attestation = &opened.content.attestation;
        let Some(last) = foreign_changes(opened).pop() else {
            return Err(Refusal::AttestationMismatch);
        };
        let claimed = open.document.claims(&last)?;
        let attested = (
            attestation.attested().sequence,
            ChangeId::new(attestation.attested().hash),
        );
        if claimed == attested {
            Ok(())
        } else {
            Err(Refusal::AttestationMismatch)
        }
    }

    fn admit(
        &mut self,
        compartment: Compartment,
        chunks: Vec<chunk::OpenedChunk>,
        trial: &mut dyn Trial,
        received: &mut Received,
    ) {
        let Some(open) = self.compartments.get_mut(&compartment) else {
            return;
        };
        let changes = chunks.iter().flat_map(foreign_changes).collect();
        let mut trial = Watched::new(trial);
        let admission = open.document.admit(changes, &mut trial);
        let mut said: BTreeMap<ChunkId, Vec<ChangeId>> = BTreeMap::new();
        for (chunk, change) in &admission.brought {
            said.entry(*chunk).or_default().push(*change);
        }
        let mut refused = refusals(admission);
        let document = &open.document;
        let held: BTreeSet<ChunkId> = chunks
            .iter()
            .filter(|chunk| refused.contains_key(&chunk.id) && holds_some(document, chunk))
            .map(|chunk| chunk.id)
            .collect();
        // Nobody could try them now: they have their turn again with whatever comes next.
        let untried: BTreeSet<ChunkId> = chunks
            .iter()
            .filter(|chunk| trial.unavailable && !holds_all(document, chunk))
            .map(|chunk| chunk.id)
            .collect();
        for chunk in chunks {
            let hash = EntryHash(*chunk.id.as_bytes());
            let (author, why) = (chunk.author, refused.remove(&chunk.id));
            match why {
                // It has its turn again with whatever comes next.
                Some(why) if why.is_passing() => continue,
                None if untried.contains(&chunk.id) => continue,
                Some(why) if !held.contains(&chunk.id) => {
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Chunk, Some(author), why, received);
                    continue;
                }
                // Part of it went in, and somebody may have followed that: without this entry their words would be lost at
                // the next start.
                Some(why) => self.set_aside.push(SetAside {
                    hash,
                    kind: EntryKind::Chunk,
                    author: Some(author),
                    why,
                }),
                None => {}
            }
            self.pending.remove(&hash);
            self.chains.add(author, chunk.id, &chunk.header);
            let changes = said.remove(&chunk.id).unwrap_or_default();
            let attestation = chunk.content.attestation;
            if let Some(open) = self.compartments.get_mut(&compartment) {
                open.words
                    .note(chunk.id, &chunk.header, &attestation, changes);
            }
            self.remember(compartment, attestation);
            self.accept(hash, EntryKind::Chunk, received);
        }
        // What is left had waited.
        for (chunk, why) in refused {
            self.refuse_late(compartment, chunk, why, received);
        }
    }

    /// Keeps the newest attestation of a writing session.
    pub(super) fn remember(&mut self, compartment: Compartment, attestation: Attestation) {
        let Some(open) = self.compartments.get_mut(&compartment) else {
            return;
        };
        let newest = open
            .attestations
            .entry(attestation.actor())
            .or_insert_with(|| attestation.clone());
        if newest.attested().sequence < attestation.attested().sequence {
            *newest = attestation;
        }
    }

    /// Sets a chunk aside whose changes had waited, and turn out to be unsound: as if it had been refused when it came, so that
    /// everybody who has the same entries keeps the same.
    fn refuse_late(
        &mut self,
        compartment: Compartment,
        chunk: ChunkId,
        why: Refusal,
        received: &mut Received,
    ) {
        let hash = EntryHash(*chunk.as_bytes());
        let Some(open) = self.compartments.get_mut(&compartment) else {
            return;
        };
        let changes = open.words.changes(&chunk);
        if changes.iter().any(|change| open.document.holds(change)) {
            let author = open.words.author(&chunk);
            if author.is_some() {
                self.set_aside.push(SetAside {
                    hash,
                    kind: EntryKind::Chunk,
                    author,
                    why,
                });
            }
            return;
        }
        let tag = open.tag;
        let Some(forgotten) = open.words.forget(&chunk) else {
            return;
        };
        let (author, place) = (forgotten.author, (forgotten.counter, chunk));
        self.chains.remove(author, tag, place);
        self.remember_again(compartment, forgotten.session());
        self.refuse(hash, EntryKind::Chunk, Some(author), why, received);
    }

    /// Looks for the newest attestation of a writing session anew.
    fn remember_again(&mut self, compartment: Compartment, actor: ActorId) {
        let Some(open) = self.compartments.get_mut(&compartment) else {
            return;
        };
        open.attestations.remove(&actor);
        let left = open.words.marks_back(actor).next();
        let chunk = left.map(|(_, _, chunk, _)| chunk);
        let mut proofs: Vec<Attestation> = open.words.compacted_marks(actor).cloned().collect();
        proofs.extend(chunk.and_then(|chunk| self.reopen(chunk)));
        proofs
            .into_iter()
            .for_each(|proof| self.remember(compartment, proof));
    }

    /// The attestation in a chunk that was taken, opened once more.
    pub(super) fn reopen(&self, chunk: ChunkId) -> Option<Attestation> {
        let hash = EntryHash(*chunk.as_bytes());
        let is_it = |entry: &&LogEntry| entry.kind == EntryKind::Chunk && entry.hash() == hash;
        let ParsedEntry::Chunk(sealed) = self.entries.iter().rev().find(is_it)?.parse().ok()?
        else {
            return None;
        };
        match self.open_chunk(sealed, &mut States::default()).ok()? {
            Opening::Opened(_, opened) => Some(opened.content.attestation),
            Opening::NoKey | Opening::NoLedger => None,
        }
    }
}

/// How far a chunk got that was not refused.
enum Opening {
    Opened(Compartment, Box<chunk::OpenedChunk>),
    /// It is authentic, and this device was not given its key.
    NoKey,
    /// Its author had seen operations that have not come.
    NoLedger,
}

/// Most states kept while a batch is judged.
const KEPT: usize = 256;

/// The states that chunks cite. Many cite the same one, and computing it walks the ledger.
#[derive(Default)]
struct States(BTreeMap<Vec<OperationId>, Option<Arc<State>>>);

impl States {
    fn at(&mut self, ledger: &Ledger, heads: &[OperationId]) -> Option<&State> {
        if !self.0.contains_key(heads) {
            if self.0.len() >= KEPT {
                self.0.clear();
            }
            let state = ledger.state_at(heads).ok();
            self.0.insert(heads.to_vec(), state);
        }
        self.0.get(heads)?.as_deref()
    }
}

/// Did somebody else, known here, sign that they had seen an operation?
fn is_anothers(ledger: &Ledger, operation: &SignedOperation, follower: &SignedOperation) -> bool {
    let state = ledger.state();
    let theirs: BTreeSet<_> = state.members_of(&operation.signer()).collect();
    state
        .device(&follower.signer())
        .is_some_and(|keys| follower.verify(keys.sign_key()).is_ok())
        && !state
            .members_of(&follower.signer())
            .any(|member| theirs.contains(&member))
}

/// A ledger begins with its genesis; until that has come, other operations wait.
fn begin(operation: &SignedOperation, record: &RecordId) -> Result<Option<Ledger>, LedgerError> {
    if operation.record() != *record {
        return Err(LedgerError::WrongRecord);
    }
    if operation.parents().is_empty() {
        Ledger::begin(operation.clone()).map(Some)
    } else {
        Ok(None)
    }
}

pub(super) fn open_compartment(
    compartments: &mut BTreeMap<Compartment, Open>,
    record: &RecordId,
    compartment: Compartment,
    tag: CompartmentTag,
) {
    if compartments.contains_key(&compartment) {
        return;
    }
    if let Ok(document) = CompartmentDocument::begin(record, compartment) {
        compartments.insert(
            compartment,
            Open {
                tag,
                document,
                attestations: BTreeMap::new(),
                words: Words::default(),
                session: None,
            },
        );
    }
}

fn holds_all(document: &CompartmentDocument, chunk: &chunk::OpenedChunk) -> bool {
    foreign_changes(chunk)
        .iter()
        .filter_map(|change| document.claims(change).ok())
        .all(|(_, change)| document.contains(&change))
}

fn holds_some(document: &CompartmentDocument, chunk: &chunk::OpenedChunk) -> bool {
    foreign_changes(chunk)
        .iter()
        .filter_map(|change| document.claims(change).ok())
        .any(|(_, change)| document.holds(&change))
}

fn foreign_changes(chunk: &chunk::OpenedChunk) -> Vec<ForeignChange> {
    let actor: ActorId = chunk.content.attestation.actor();
    let changes = chunk.content.changes.iter();
    changes
        .map(|bytes| ForeignChange {
            from: chunk.id,
            actor,
            bytes: bytes.clone(),
        })
        .collect()
}

/// What to refuse. A change that lost its place to another of the same actor is kept: with more known it may yet stand, and
/// everybody who has both must see the same.
fn refusals(admission: Admission) -> BTreeMap<ChunkId, Refusal> {
    let refused = admission.refused.into_iter();
    refused
        .filter(|refused| !matches!(refused.why, validator::Refusal::Equivocation { .. }))
        .map(|refused| (refused.from, Refusal::Changes(refused.why)))
        .collect()
}
