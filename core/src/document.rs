//! One compartment's document: statements merge into it, and nothing ever leaves it.
//!
//! A change is read by our own reader and judged ([`crate::validator`]), tried on a scratch copy ([`crate::barrier`]), and only
//! then applied. What stands in a document depends on the set of changes that were brought, not on their order.

mod ancestry;
pub(crate) mod cells;
pub(crate) mod change;
mod columns;
pub(crate) mod first;
pub(crate) mod history;
pub mod limits;
mod outside;
mod saved;
mod scan;
mod settle;
mod varint;

pub use cells::StatementError;
pub use change::ChangeError;
pub use first::SCHEMA;
pub use settle::{Admission, Fork, Refused};

use crate::{
    barrier::{self, Trial},
    compartment::Compartment,
    id::{ActorId, ChangeId, ChunkId, RecordId},
    statement::{NewStatement, Statement, StatementId},
    validator::{self, ReadChange, Refusal},
};
use automerge::{Automerge, ChangeHash};
use change::Draft;
use first::First;
use history::History;
use outside::Heard;
use settle::{Forks, Pool, Pooled};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A compartment's statements, with the history that proves them.
#[derive(Debug, Clone)]
pub struct CompartmentDocument {
    first: First,
    automerge: Automerge,
    history: History,
    /// What the document itself says, ascending by id.
    statements: Vec<Statement>,
    /// What is heard, if that is anything else.
    heard: Option<Heard>,
    /// Changes whose predecessors have not come yet, and those that lost their place to another change of the same actor.
    pool: Pool,
    forks: Forks,
}

/// A change that this device just made, to be attested and sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnChange {
    /// The change as it travels.
    pub bytes: Vec<u8>,
    /// Its number among its actor's changes, from 1.
    pub sequence: u64,
    /// Its hash.
    pub id: ChangeId,
    /// Its statements, in the order in which they were given.
    pub statements: Vec<StatementId>,
}

/// A change that somebody else made, out of a verified chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignChange {
    /// The chunk (or snapshot) that carried it, to name it by when it is set aside.
    pub from: ChunkId,
    /// The actor that belongs to the chunk's author by attestation. A change of another actor is refused.
    pub actor: ActorId,
    /// The change as it travelled.
    pub bytes: Vec<u8>,
}

/// Why nothing could be said.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// There is nothing to say.
    #[error("there is no statement")]
    Nothing,
    /// More statements than one change may have: say them in several.
    #[error("too many statements for one change")]
    TooMany,
    /// A statement that every reader would refuse.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Together they exceed a change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// A change of this actor was left outside the document: say it under a new one.
    #[error("this writing session has ended")]
    Session,
    /// The document has reached the end of its counters (2³¹ operations).
    #[error("the document is full")]
    Full,
    /// Automerge refused. The document is as it was.
    #[error("the document did not take the change")]
    Automerge,
}

/// Why stored bytes are not this compartment's document.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Damaged, or not a document at all.
    #[error("the stored document is damaged")]
    Damaged,
    /// It holds changes that no attestation proves.
    #[error("the document holds changes that nobody vouches for")]
    Unattested,
    /// It does not begin with this record's and compartment's frozen first change.
    #[error("the stored document is of another record or compartment")]
    Other,
}

impl CompartmentDocument {
    /// The empty document: every device begins with the same one.
    ///
    /// # Errors
    /// None that could happen; Automerge's interface has one.
    pub fn begin(record: &RecordId, compartment: Compartment) -> Result<Self, LoadError> {
        Self::with_first(First::new(record, compartment))
    }

    fn with_first(first: First) -> Result<Self, LoadError> {
        // Never used to write: every change is built with its actor in hand. But it must not be drawn at random.
        let nobody = automerge::ActorId::from([0; ActorId::LEN].as_slice());
        let mut automerge = Automerge::new().with_actor(nobody);
        automerge
            .apply_changes([first.change().clone()])
            .map_err(|_| LoadError::Damaged)?;
        let history = History::begin(&first).map_err(|_| LoadError::Damaged)?;
        Ok(Self {
            first,
            automerge,
            history,
            statements: Vec::new(),
            heard: None,
            pool: Pool::new(),
            forks: Forks::new(),
        })
    }

    /// Says something: one change by `actor`, which must be of this session alone.
    ///
    /// # Errors
    /// [`AppendError`]; the document is as it was.
    pub fn append(
        &mut self,
        actor: &ActorId,
        statements: &[NewStatement],
    ) -> Result<OwnChange, AppendError> {
        let draft = self.draft(actor, statements)?;
        let said = validator::statements(&draft)?;
        let change = draft.build(&self.first)?;
        let bytes = change.raw_bytes().to_vec();
        if bytes.len() > limits::MAX_CHANGE_BYTES
            || draft.operations() > limits::MAX_OPERATIONS as u64
        {
            return Err(ChangeError::TooLarge.into());
        }
        let id = ChangeId::new(change.hash().0);
        let read = ReadChange {
            id,
            draft,
            change,
            statements: said,
        };
        let own = OwnChange {
            bytes,
            sequence: read.draft.sequence,
            id,
            statements: read
                .statements
                .iter()
                .map(|statement| statement.id)
                .collect(),
        };
        self.apply(vec![read]).map_err(|_| AppendError::Automerge)?;
        Ok(own)
    }

    fn draft(&self, actor: &ActorId, statements: &[NewStatement]) -> Result<Draft, AppendError> {
        if !self.may_continue(actor) {
            return Err(AppendError::Session);
        }
        match statements.len() {
            0 => return Err(AppendError::Nothing),
            1..=limits::MAX_STATEMENTS => {}
            _ => return Err(AppendError::TooMany),
        }
        let mut follows: BTreeSet<ChangeId> = self.heads().into_iter().collect();
        let newest = self.history.newest(actor);
        // Every change directly follows its actor's previous one: then the newest attestation proves the whole history.
        follows.extend(newest.map(|(_, id)| *id));
        let last = follows
            .iter()
            .filter_map(|id| self.history.get(id))
            .map(|place| place.end)
            .max();
        let draft = Draft {
            actor: *actor,
            sequence: newest.map_or(1, |(sequence, _)| sequence + 1),
            start: last.unwrap_or(0) + 1,
            follows: follows.into_iter().collect(),
            statements: statements
                .iter()
                .map(|new| self.write(new))
                .collect::<Result<_, _>>()?,
        };
        if draft.end() > limits::MAX_COUNTER {
            Err(AppendError::Full)
        } else {
            Ok(draft)
        }
    }

    fn write(&self, new: &NewStatement) -> Result<cells::Cells, StatementError> {
        let mut cells = cells::write(new)?;
        cells::see(&mut cells, &self.refers_outside(new));
        cells::check(&cells)?;
        Ok(cells)
    }

    /// Takes in what others said, in any order, any number of times. What cannot go in is set aside and never touches this
    /// document; what follows something that has not come yet waits.
    pub fn admit(&mut self, changes: Vec<ForeignChange>, trial: &mut dyn Trial) -> Admission {
        let mut admission = Admission::default();
        let mut new = Vec::new();
        for foreign in changes {
            match self.read(&foreign) {
                Ok(read) => new.push(Pooled {
                    from: Some(foreign.from),
                    read,
                    told: false,
                }),
                Err(why) => admission.refused.push(Refused {
                    from: foreign.from,
                    change: None,
                    why,
                }),
            }
        }
        self.settle(new, trial, &mut admission);
        admission
    }

    fn read(&self, foreign: &ForeignChange) -> Result<ReadChange, Refusal> {
        validator::read(&foreign.bytes, &foreign.actor, &self.first)
    }

    /// The place a foreign change claims: its number among its actor's changes, and its hash. For checking an attestation.
    ///
    /// # Errors
    /// [`Refusal`] if it is not an append of statements by that actor.
    pub fn claims(&self, foreign: &ForeignChange) -> Result<(u64, ChangeId), Refusal> {
        self.read(foreign)
            .map(|read| (read.draft.sequence, read.id))
    }

    /// Takes in a compacted document that somebody else saved: each change in it is judged like one that came alone.
    /// `attested` are the last changes that the snapshot's attestations prove, by actor; they must be the last ones in it.
    ///
    /// # Errors
    /// [`LoadError::Damaged`] if it is not a document, [`LoadError::Unattested`] if it holds a change that nobody vouches
    /// for; then nothing happened.
    pub fn admit_snapshot(
        &mut self,
        from: ChunkId,
        saved: &[u8],
        attested: &BTreeMap<ActorId, (u64, ChangeId)>,
        trial: &mut dyn Trial,
    ) -> Result<Admission, LoadError> {
        let drafts = saved::drafts(saved, &self.first).map_err(|_| LoadError::Damaged)?;
        let reads = drafts
            .into_iter()
            .map(|draft| validator::accept(draft, &self.first))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| LoadError::Unattested)?;
        let proven = proven(&reads, attested);
        // Both ways: an attestation shown without its change would claim to cover what is not here.
        let all_here = attested.values().all(|(_, newest)| proven.contains(newest));
        if proven.len() != reads.len() || !all_here {
            return Err(LoadError::Unattested);
        }
        let mut admission = Admission::default();
        let pooled = reads
            .into_iter()
            .map(|read| Pooled {
                from: Some(from),
                read,
                told: false,
            })
            .collect();
        self.settle(pooled, trial, &mut admission);
        Ok(admission)
    }

    /// Everything ever said in this compartment, ascending by id, also in changes that wait for one that never came. Each
    /// refers only to what its author can have seen.
    pub fn statements(&self) -> &[Statement] {
        match &self.heard {
            Some(heard) => &heard.said,
            None => &self.statements,
        }
    }

    /// Statements of authors who wrote two changes in one place, from the branch that is not heard; ascending by id. They are
    /// kept, and count for nothing.
    pub fn displaced(&self) -> &[Statement] {
        self.heard
            .as_ref()
            .map_or(&[], |heard| heard.displaced.as_slice())
    }

    /// May this actor write on? Not after one of its changes was left outside the document: it would contradict itself.
    pub fn may_continue(&self, actor: &ActorId) -> bool {
        let mut outside = self.pool.values().map(|pooled| pooled.read.draft.actor);
        !outside.any(|found| found == *actor)
    }

    /// The changes that nothing follows yet, ascending.
    pub fn heads(&self) -> Vec<ChangeId> {
        let mut heads: Vec<_> = self
            .automerge
            .get_heads()
            .iter()
            .map(|hash| ChangeId::new(hash.0))
            .collect();
        heads.sort_unstable();
        heads
    }

    /// Number of changes applied, the first one included.
    pub fn change_count(&self) -> usize {
        self.history.len()
    }

    /// An actor's newest change: (its number from 1, its hash). This is what an attestation states.
    pub fn newest(&self, actor: &ActorId) -> Option<(u64, ChangeId)> {
        self.history
            .newest(actor)
            .map(|(sequence, id)| (sequence, *id))
    }

    /// Every actor that wrote here, ascending, the compartment's own beginning left out.
    pub fn actors(&self) -> Vec<ActorId> {
        let mut actors: Vec<_> = self
            .history
            .actors()
            .filter(|&actor| self.first.actor().ok() != Some(*actor))
            .copied()
            .collect();
        actors.sort_unstable();
        actors
    }

    /// Does this change stand in the document?
    pub fn contains(&self, change: &ChangeId) -> bool {
        self.history.get(change).is_some()
    }

    /// A change as it travels, for sending it again.
    pub fn change_bytes(&self, change: &ChangeId) -> Option<Vec<u8>> {
        let place = self.history.get(change)?;
        let deps = self
            .automerge
            .get_change_meta_by_hash(&ChangeHash(*change.as_bytes()))?
            .deps;
        self.automerge
            .get_changes(&deps)
            .into_iter()
            .find(|found| found.hash().0 == *change.as_bytes() && found.seq() == place.sequence)
            .map(|found| found.raw_bytes().to_vec())
    }

    /// The changes that wait for something that has not come, with the chunks that carried them.
    pub fn waiting(&self) -> impl Iterator<Item = (Option<ChunkId>, ChangeId)> {
        self.pool
            .iter()
            .filter(|(id, _)| self.waits(id))
            .map(|(id, pooled)| (pooled.from, *id))
    }

    /// Proofs that an actor wrote two changes in one place: each further one beside the smallest.
    pub fn forks(&self) -> impl Iterator<Item = Fork> {
        self.forks.iter().flat_map(|((actor, sequence), claims)| {
            let first = claims.first().copied();
            let others = claims.iter().skip(1);
            others.filter_map(move |other| {
                Some(Fork {
                    actor: *actor,
                    sequence: *sequence,
                    changes: [first?, *other],
                })
            })
        })
    }

    /// Is this change here, standing or waiting?
    pub(crate) fn holds(&self, change: &ChangeId) -> bool {
        self.contains(change) || self.pool.contains_key(change)
    }

    /// The whole document in one compact piece. What waits is not in it.
    pub fn save(&self) -> Vec<u8> {
        barrier::save(&self.automerge)
    }

    /// Reads what [`CompartmentDocument::save`] wrote on this device. What others saved goes through
    /// [`CompartmentDocument::admit_snapshot`] instead.
    ///
    /// # Errors
    /// [`LoadError`]; Automerge's panics on damaged bytes are caught where the platform can.
    pub fn load(
        record: &RecordId,
        compartment: Compartment,
        saved: &[u8],
    ) -> Result<Self, LoadError> {
        let first = First::new(record, compartment);
        let automerge = barrier::load(saved).map_err(|_| LoadError::Damaged)?;
        let history = History::of(&automerge).map_err(|_| LoadError::Damaged)?;
        if history.get(&first.id()).is_none() {
            return Err(LoadError::Other);
        }
        let scanned = scan::statements(&automerge).map_err(|_| LoadError::Damaged)?;
        let mut loaded = Self {
            first,
            automerge,
            history,
            statements: scanned.statements,
            heard: None,
            pool: Pool::new(),
            forks: Forks::new(),
        };
        for (statement, seen) in scanned.seen {
            if let Some(change) = loaded.history.find(&statement).copied() {
                loaded.history.also_saw(&change, &seen);
            }
        }
        loaded.listen_to_all();
        Ok(loaded)
    }

    /// The same compartment with nothing in it yet, but knowing the forks and what waits.
    fn begin_again(&self) -> Result<Self, LoadError> {
        let mut again = Self::with_first(self.first.clone())?;
        (again.pool, again.forks) = (self.pool.clone(), self.forks.clone());
        Ok(again)
    }

    pub(crate) fn automerge(&self) -> &Automerge {
        &self.automerge
    }

    /// Applies changes that were judged ready, in causal order.
    fn apply(&mut self, ready: Vec<ReadChange>) -> Result<(), automerge::AutomergeError> {
        self.automerge.apply_changes(
            ready
                .iter()
                .map(|read| read.change.clone())
                .collect::<Vec<_>>(),
        )?;
        for read in &ready {
            self.history.insert(read.id, read.place(), &read.parents());
            self.statements.extend(read.statements.iter().cloned());
        }
        if !self.statements.is_sorted_by_key(|statement| statement.id) {
            self.statements.sort_by_key(|statement| statement.id);
        }
        self.listen(&ready);
        Ok(())
    }
}

/// The changes that attestations prove: those attested, and from each one on its actor's previous one, which it names. A change
/// beside that chain was never signed, whatever place it claims; it could accuse or displace the one that was.
fn proven(
    reads: &[ReadChange],
    attested: &BTreeMap<ActorId, (u64, ChangeId)>,
) -> HashSet<ChangeId> {
    let by_id: HashMap<ChangeId, &Draft> =
        reads.iter().map(|read| (read.id, &read.draft)).collect();
    let mut proven = HashSet::new();
    for (actor, (sequence, newest)) in attested {
        let of_actor = |id: &ChangeId| by_id.get(id).copied().filter(|draft| draft.actor == *actor);
        let mut next = of_actor(newest)
            .filter(|draft| draft.sequence == *sequence)
            .map(|draft| (*newest, draft));
        while let Some((id, draft)) = next {
            proven.insert(id);
            next = draft.follows.iter().find_map(|previous| {
                let before =
                    of_actor(previous).filter(|before| before.sequence + 1 == draft.sequence)?;
                Some((*previous, before))
            });
        }
    }
    proven
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod outside_tests;
