//! The ledger: a signed, hash-linked graph of operations that says who may do what (design §4).
//!
//! An operation is **taken** if its signer could do it by what the signer had seen ([`Ledger::state_at`] its parents), never
//! by what happened to have arrived. Which of the operations taken are **in force** is a function of their set: a removal
//! makes void what the removed signed beyond what the remover had seen. So two replicas with the same operations agree, in
//! whatever order they came.
//!
//! | question | file |
//! |---|---|
//! | what can be said | [`operation`] |
//! | who follows whom | `graph`, `places` |
//! | is an operation taken | `check` |
//! | which operations are in force | `resolve` |
//! | who may do what, seen from one place | `sight` |
//! | what it amounts to | [`state`] |
//! | which keys are owed a successor | `owed` |
//! | what a role may do | [`roles`] |

mod check;
mod graph;
pub mod operation;
mod owed;
mod places;
mod resolve;
pub mod rights;
pub mod roles;
mod sight;
pub mod state;
#[cfg(test)]
#[cfg(feature = "record")]
mod tests;

use crate::{
    cose::EnvelopeError,
    id::{CompartmentTag, DeviceId, OperationId, RecordId},
};
use check::{Candidate, check_genesis, check_room};
pub use check::{
    MAX_DEVICES_OF_A_PERSON, MAX_OPERATIONS_OF_A_PERSON, MAX_OPERATIONS_OF_AN_ORGANISATION,
    RESERVED_FOR_MANAGERS,
};
use graph::{Ended, Graph, Holder, Node, Rank, Seniority};
use operation::{Frontier, MAX_PARENTS, Operation, SignedOperation};
use places::Places;
use resolve::Resolved;
use rights::Right;
use sight::{Asking, Sight};
pub use state::{Granted, OrganisationKey, State};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Most operations a ledger holds. Thirty years of weekly changes are 1,600.
pub const MAX_OPERATIONS: usize = 20_000;

/// Past states kept at hand.
const KEPT: usize = 64;

/// Why an operation is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// It follows operations that have not arrived. Not a fault: try again when they have.
    #[error("{} earlier operations are missing", .0.len())]
    Missing(Vec<OperationId>),
    /// It is about another record.
    #[error("the operation belongs to another record")]
    WrongRecord,
    /// Not signed by whom it claims, or not an operation at all.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Its signer was nobody in this record at that point.
    #[error("signed by a device that is not in the record")]
    UnknownSigner(DeviceId),
    /// Its signer did not have the right to do it.
    #[error("{0}: the signer may not do this")]
    NotAllowed(&'static str),
    /// It contradicts itself or what it follows.
    #[error("the operation makes no sense: {0}")]
    Invalid(&'static str),
    /// Its signer had as many as one may have.
    #[error("the signer has as many {0} as one may have")]
    Quota(&'static str),
    /// Its signer says many things that do not follow each other. Not a fault of the operation: it is taken as soon as
    /// somebody else follows it.
    #[error("the signer's operations branch too much")]
    Crowded,
    /// The ledger has grown beyond [`MAX_OPERATIONS`].
    #[error("the ledger is full")]
    Full,
}

/// The operations of one record and what they amount to.
pub struct Ledger {
    record: RecordId,
    /// Shared between copies: a relay copies a ledger for every batch that may grow it.
    graph: Arc<Graph>,
    heads: BTreeSet<OperationId>,
    resolved: OnceLock<Arc<Resolved>>,
    state: OnceLock<Arc<State>>,
    past: Mutex<Past>,
}

/// What was asked for lately, by heads.
#[derive(Default)]
struct Past {
    resolved: BTreeMap<Vec<OperationId>, Arc<Resolved>>,
    states: BTreeMap<Vec<OperationId>, Arc<State>>,
}

impl Clone for Ledger {
    fn clone(&self) -> Self {
        Self {
            record: self.record,
            graph: Arc::clone(&self.graph),
            heads: self.heads.clone(),
            resolved: self.resolved.clone(),
            state: self.state.clone(),
            past: Mutex::default(),
        }
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operations = self.graph.len();
        write!(f, "Ledger({}, {operations} operations)", self.record)
    }
}

impl Ledger {
    /// Begins with a genesis, which proves itself: its key is in it, and the record's id is its hash.
    ///
    /// # Errors
    /// [`LedgerError`] if it is none, or not a sound one.
    pub fn begin(genesis: SignedOperation) -> Result<Self, LedgerError> {
        let Operation::Genesis(body) = genesis.operation() else {
            return Err(LedgerError::Invalid("a record begins with a genesis"));
        };
        check_genesis(body, &genesis)?;
        let (id, record) = (genesis.id(), genesis.record());
        let mut graph = Graph::default();
        let first = Seniority { depth: 0, id };
        graph.push(Node {
            signed: genesis,
            before: Places::default(),
            depth: 0,
            account: None,
            rank: Rank {
                manages_nothing: false,
                grant: first,
                key: first,
                operation: first,
            },
            via: None,
        });
        Ok(Self {
            record,
            graph: Arc::new(graph),
            heads: BTreeSet::from([id]),
            resolved: OnceLock::new(),
            state: OnceLock::new(),
            past: Mutex::default(),
        })
    }

    /// Whose record.
    pub fn record(&self) -> RecordId {
        self.record
    }

    /// What all operations together amount to.
    #[expect(
        clippy::expect_used,
        reason = "a state is missing only without a genesis, and `begin` is the only constructor"
    )]
    pub fn state(&self) -> &State {
        self.state.get_or_init(|| {
            let state = State::of(&self.graph, self.resolved());
            Arc::new(state.expect("a ledger begins with a genesis"))
        })
    }

    /// What to follow: the operations that no other follows, ascending. If there are more than an entry may name, those in
    /// force that are farthest from the beginning.
    pub fn heads(&self) -> Vec<OperationId> {
        if self.heads.len() <= MAX_PARENTS / 2 {
            return self.heads.iter().copied().collect();
        }
        let effective = &self.resolved().effective;
        let mut followed = Places::default();
        let in_force = || {
            let places = effective.iter();
            places.filter_map(|place| Some((place, self.graph.node(place)?)))
        };
        in_force().for_each(|(_, node)| followed.add(&node.before));
        let mut heads: Vec<_> = in_force()
            .filter(|(place, _)| !followed.contains(*place))
            .map(|(_, node)| (std::cmp::Reverse(node.depth), node.signed.id()))
            .collect();
        heads.sort_unstable();
        let nearest = heads.into_iter().take(MAX_PARENTS).map(|(_, id)| id);
        nearest.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Is this operation here?
    pub fn contains(&self, id: &OperationId) -> bool {
        self.graph.place(id).is_some()
    }

    /// An operation that was taken.
    pub fn operation(&self, id: &OperationId) -> Option<&SignedOperation> {
        let place = self.graph.place(id)?;
        self.graph.node(place).map(|node| &node.signed)
    }

    /// All operations that were taken, by id.
    pub fn operations(&self) -> impl Iterator<Item = &SignedOperation> {
        self.graph.by_id().map(|node| &node.signed)
    }

    /// All operations that were taken, each after those it follows; otherwise by their distance from the beginning and their
    /// id, so that every replica lists them alike.
    pub fn in_order(&self) -> Vec<&SignedOperation> {
        let mut nodes: Vec<&Node> = self.graph.nodes().collect();
        nodes.sort_by_key(|node| (node.depth, node.signed.id()));
        nodes.into_iter().map(|node| &node.signed).collect()
    }

    /// The newest operation that a device signed; of several branches, one.
    pub fn last_signed_by(&self, device: &DeviceId) -> Option<OperationId> {
        let signed = self.graph.signed_by(device);
        let nodes = signed.iter().filter_map(|place| self.graph.node(*place));
        nodes
            .max_by_key(|node| (node.depth, node.signed.id()))
            .map(|node| node.signed.id())
    }

    /// The keys that would lose something if this grant ended.
    pub fn losers_of(&self, grant: &OperationId) -> BTreeSet<DeviceId> {
        let place = self.graph.place(grant).map(Ended::Grant);
        let sight = self.resolved().sight(&self.graph);
        check::losers(&sight, place.as_slice())
    }

    /// The organisations that ever certified this device's person, also if they have left since.
    pub fn ever_employed(&self, device: &DeviceId) -> BTreeSet<OrganisationKey> {
        let sight = self.resolved().sight(&self.graph);
        let joins = sight
            .members_ever_of(device)
            .into_iter()
            .flat_map(|member| self.graph.joins(&member).iter().copied())
            .filter(|join| sight.stands(*join));
        joins
            .filter_map(|join| self.graph.node(join))
            .map(|node| *node.signed.signer().as_bytes())
            .collect()
    }

    /// Was this organisation ever granted anything, whatever became of it?
    pub fn has_met(&self, organisation: &OrganisationKey) -> bool {
        let holder = Holder::Organisation(*organisation);
        !self.graph.grants(&holder).is_empty()
    }

    /// Did one organisation ever certify the persons of both, whether its certificates stand or not?
    pub fn were_colleagues(&self, one: &DeviceId, other: &DeviceId) -> bool {
        let [one, other] = [one, other].map(|device| self.graph.certified_by(device));
        !one.is_disjoint(&other)
    }

    /// Whom a relay holds to account for words that come too late: their author; or the organisation, where none of its
    /// certificates for the author ever counted. It could make as many of those as it likes.
    pub fn accountable(&self, author: &DeviceId) -> DeviceId {
        let counted = self.state().members_of(author).next().is_some();
        let by = self.graph.certified_by(author);
        let organisation = by.into_iter().next().filter(|_| !counted);
        organisation.map_or(*author, DeviceId::new)
    }

    /// Which of these are not here.
    pub fn missing(&self, ids: &[OperationId]) -> Vec<OperationId> {
        ids.iter()
            .filter(|id| !self.contains(id))
            .copied()
            .collect()
    }

    /// What somebody saw who had seen these operations and what they follow.
    ///
    /// # Errors
    /// [`LedgerError::Missing`].
    pub fn state_at(&self, heads: &[OperationId]) -> Result<Arc<State>, LedgerError> {
        let missing = || LedgerError::Missing(self.missing(heads));
        if self.are_all(heads) {
            self.state();
            return self.state.get().cloned().ok_or_else(missing);
        }
        if let Some(known) = held(&self.past).states.get(heads) {
            return Ok(Arc::clone(known));
        }
        let resolved = self.resolved_at(heads).ok_or_else(missing)?;
        let state = Arc::new(State::of(&self.graph, &resolved).ok_or_else(missing)?);
        let mut past = held(&self.past);
        if past.states.len() >= KEPT {
            past.states.clear();
        }
        past.states.insert(heads.to_vec(), Arc::clone(&state));
        Ok(state)
    }

    /// Which right something counts with that this device wrote, having seen these operations, now that all others are known
    /// too. `inside` tells whether it lies within frontiers: one for each removal of the same right, `None` where that
    /// removal had seen nothing of the device. `None`: it does not count.
    pub fn right_of_words(
        &self,
        author: &DeviceId,
        compartment: &CompartmentTag,
        heads: &[OperationId],
        inside: &dyn Fn(&[Option<&Frontier>]) -> bool,
    ) -> Option<Right> {
        let at = self.graph.closure(heads)?;
        let sight = self.asking(&at, Asking::Chunk(inside, *author));
        sight.right(author, compartment)
    }

    /// As [`Ledger::right_of_words`], for something that was said before somebody else had seen these operations, it is not
    /// known when. What its author was given by then counts in full, and what they were ever given lets them be heard:
    /// whoever names the operations must not be able to silence another by naming few.
    pub fn right_by_then(
        &self,
        author: &DeviceId,
        compartment: &CompartmentTag,
        heads: &[OperationId],
        inside: &dyn Fn(&[Option<&Frontier>]) -> bool,
    ) -> Option<Right> {
        let at = self.graph.closure(heads)?;
        let asking = Asking::ByThen(inside, *author);
        let then = self.asking(&at, asking).right(author, compartment);
        let ever = self.asking(&self.resolved().set, asking);
        let ever = ever.right(author, compartment);
        then.max(ever.min(Some(Right::Append)))
    }

    fn asking<'a>(&'a self, at: &'a Places, asking: Asking<'a>) -> Sight<'a> {
        let resolved = self.resolved();
        Sight {
            graph: &self.graph,
            effective: &resolved.effective,
            ends: &resolved.ends,
            at,
            asking,
        }
    }

    /// Would this operation be taken?
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn check(&self, operation: &SignedOperation) -> Result<(), LedgerError> {
        let node = self.judge(operation.clone())?;
        check_room(&self.graph, &node, false)
    }

    /// Takes an operation. Taking it twice is no error: `false` says that it was here already.
    ///
    /// # Errors
    /// [`LedgerError`]; the ledger is then as it was.
    pub fn apply(&mut self, operation: SignedOperation) -> Result<bool, LedgerError> {
        self.take(operation, false)
    }

    /// As [`Ledger::apply`], for an operation that one of somebody else follows: it is let in even if its signer's
    /// operations branch too much.
    ///
    /// # Errors
    /// [`LedgerError`]; the ledger is then as it was.
    pub fn apply_followed(&mut self, operation: SignedOperation) -> Result<bool, LedgerError> {
        self.take(operation, true)
    }

    fn take(&mut self, operation: SignedOperation, followed: bool) -> Result<bool, LedgerError> {
        if self.contains(&operation.id()) {
            return Ok(false);
        }
        let node = self.judge(operation)?;
        check_room(&self.graph, &node, followed)?;
        for parent in node.signed.parents() {
            self.heads.remove(parent);
        }
        self.heads.insert(node.signed.id());
        let place = Arc::make_mut(&mut self.graph).push(node);
        self.state = OnceLock::new();
        let before = self.resolved.take().map(Arc::unwrap_or_clone);
        if let Some(after) = before.and_then(|before| before.extended(&self.graph, place)) {
            self.resolved = OnceLock::from(Arc::new(after));
        }
        Ok(true)
    }

    fn judge(&self, operation: SignedOperation) -> Result<Node, LedgerError> {
        if operation.record() != self.record {
            return Err(LedgerError::WrongRecord);
        }
        if operation.parents().is_empty() {
            return Err(LedgerError::Invalid("a record begins once"));
        }
        let before = self
            .resolved_at(operation.parents())
            .ok_or_else(|| LedgerError::Missing(self.missing(operation.parents())))?;
        let candidate = Candidate {
            graph: &self.graph,
            signed: operation,
            before: &before,
        };
        candidate.judged()
    }

    fn are_all(&self, heads: &[OperationId]) -> bool {
        self.heads.iter().all(|head| heads.contains(head)) && self.missing(heads).is_empty()
    }

    fn resolved(&self) -> &Arc<Resolved> {
        self.resolved.get_or_init(|| {
            let all = Places::all_below(self.graph.len());
            Arc::new(Resolved::of(&self.graph, all))
        })
    }

    /// Which operations were in force for somebody who had seen these. `None`: one of them is not here.
    fn resolved_at(&self, heads: &[OperationId]) -> Option<Arc<Resolved>> {
        if self.are_all(heads) {
            return Some(Arc::clone(self.resolved()));
        }
        if let Some(known) = held(&self.past).resolved.get(heads) {
            return Some(Arc::clone(known));
        }
        let set = self.graph.closure(heads)?;
        let resolved = self
            .one_more(heads)
            .unwrap_or_else(|| Resolved::of(&self.graph, set));
        let resolved = Arc::new(resolved);
        let mut past = held(&self.past);
        if past.resolved.len() >= KEPT {
            past.resolved.clear();
        }
        past.resolved.insert(heads.to_vec(), Arc::clone(&resolved));
        Some(resolved)
    }

    /// One operation more than what was asked for lately: a branch that grows is not decided anew each time.
    fn one_more(&self, heads: &[OperationId]) -> Option<Resolved> {
        let [head] = heads else {
            return None;
        };
        let place = self.graph.place(head)?;
        let parents = self.graph.node(place)?.signed.parents();
        let before = held(&self.past).resolved.get(parents).cloned()?;
        Arc::unwrap_or_clone(before).extended(&self.graph, place)
    }
}

fn held(past: &Mutex<Past>) -> std::sync::MutexGuard<'_, Past> {
    past.lock().unwrap_or_else(PoisonError::into_inner)
}
