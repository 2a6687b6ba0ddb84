//! Chunks: judged, opened, attested, admitted; and what becomes of those that turn out to be unsound later.

use super::{Received, Refusal, Replica, SetAside};
use crate::{
    attestation::Attestation,
    barrier::{Trial, Watched},
    chunk::{self, OpenedChunk},
    compartment::Compartment,
    document::{Admission, CompartmentDocument, ForeignChange},
    id::{ActorId, ChangeId, ChunkId, OperationId},
    ledger::{Ledger, State},
    log::{EntryHash, EntryKind, LogEntry, ParsedEntry},
    sealed::{ChunkHeader, EntryError, SealedChunk},
    validator,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

impl Replica {
    /// `true`: a chunk came that says what it follows and cannot be opened.
    pub(super) fn take_chunks(&mut self, trial: &mut dyn Trial, received: &mut Received) -> bool {
        // Judging costs a signature check, so a chunk without a key is judged once and then left until its key comes.
        let chunks = self.pending_of(|_, entry| match entry {
            ParsedEntry::Chunk(chunk) if !self.is_locked(chunk) => Some(chunk.clone()),
            _ => None,
        });
        let mut states = States::default();
        let mut opened: BTreeMap<Compartment, Vec<OpenedChunk>> = BTreeMap::new();
        let mut locked = false;
        for (hash, chunk) in chunks {
            let (author, id) = (chunk.author(), chunk.id());
            match self.open_chunk(chunk, &mut states) {
                Ok(Opening::Opened(compartment, chunk)) => {
                    opened.entry(compartment).or_default().push(*chunk);
                }
                Ok(Opening::NoKey(header)) => locked |= self.chains.lock(author, id, &header),
                Ok(Opening::NoLedger) => {}
                Err(why) => {
                    self.chains.unlock(&id);
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Chunk, Some(author), why, received);
                }
            }
        }
        for (compartment, chunks) in opened {
            self.admit(compartment, chunks, trial, received);
        }
        locked
    }

    fn is_locked(&self, chunk: &SealedChunk) -> bool {
        self.chains.is_locked(&chunk.id()) && self.keyring.key(&chunk.header().epoch).is_none()
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
            return Ok(Opening::NoKey(Box::new(header.clone())));
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
        opened: &OpenedChunk,
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
        chunks: Vec<OpenedChunk>,
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
            match refused.remove(&chunk.id) {
                // It has its turn again with whatever comes next.
                Some(why) if why.is_passing() => {}
                None if untried.contains(&chunk.id) => {}
                Some(why) if !held.contains(&chunk.id) => {
                    let (hash, author) = (hash_of(chunk.id), Some(chunk.author));
                    self.chains.unlock(&chunk.id);
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Chunk, author, why, received);
                }
                why => {
                    // Part of it went in, and somebody may have followed that: without this entry their words would be lost
                    // at the next start.
                    self.set_aside.extend(why.map(|why| SetAside {
                        hash: hash_of(chunk.id),
                        kind: EntryKind::Chunk,
                        author: Some(chunk.author),
                        why,
                    }));
                    let changes = said.remove(&chunk.id).unwrap_or_default();
                    self.keep(compartment, chunk, changes, received);
                }
            }
        }
        // What is left had waited.
        for (chunk, why) in refused {
            self.refuse_late(compartment, chunk, why, received);
        }
    }

    /// A chunk that was taken, and the changes it brought.
    fn keep(
        &mut self,
        compartment: Compartment,
        chunk: OpenedChunk,
        changes: Vec<ChangeId>,
        received: &mut Received,
    ) {
        let hash = hash_of(chunk.id);
        self.pending.remove(&hash);
        self.chains.add(chunk.author, chunk.id, &chunk.header);
        let attestation = chunk.content.attestation;
        if let Some(open) = self.compartments.get_mut(&compartment) {
            open.words
                .note(chunk.id, &chunk.header, &attestation, changes);
        }
        self.remember(compartment, attestation);
        self.accept(hash, EntryKind::Chunk, received);
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
        let hash = hash_of(chunk);
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
        let hash = hash_of(chunk);
        let is_it = |entry: &&LogEntry| entry.kind == EntryKind::Chunk && entry.hash() == hash;
        let ParsedEntry::Chunk(sealed) = self.entries.iter().rev().find(is_it)?.parse().ok()?
        else {
            return None;
        };
        match self.open_chunk(sealed, &mut States::default()).ok()? {
            Opening::Opened(_, opened) => Some(opened.content.attestation),
            Opening::NoKey(_) | Opening::NoLedger => None,
        }
    }
}

/// How far a chunk got that was not refused.
enum Opening {
    Opened(Compartment, Box<OpenedChunk>),
    /// It is authentic, and this device was not given its key.
    NoKey(Box<ChunkHeader>),
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

fn hash_of(chunk: ChunkId) -> EntryHash {
    EntryHash(*chunk.as_bytes())
}

fn holds_all(document: &CompartmentDocument, chunk: &OpenedChunk) -> bool {
    foreign_changes(chunk)
        .iter()
        .filter_map(|change| document.claims(change).ok())
        .all(|(_, change)| document.contains(&change))
}

fn holds_some(document: &CompartmentDocument, chunk: &OpenedChunk) -> bool {
    foreign_changes(chunk)
        .iter()
        .filter_map(|change| document.claims(change).ok())
        .any(|(_, change)| document.holds(&change))
}

fn foreign_changes(chunk: &OpenedChunk) -> Vec<ForeignChange> {
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
