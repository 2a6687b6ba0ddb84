//! The ledger: a signed, hash-linked graph of operations that says who may do what (design §4).
//!
//! Every operation is judged by what its signer had seen ([`Ledger::state_at`] its parents), never by what happened to have
//! arrived: two replicas with the same operations agree, in whatever order they came.

pub mod operation;
pub mod rights;
pub mod state;
#[cfg(test)]
#[cfg(feature = "record")]
mod tests;

use crate::{
    cose::EnvelopeError,
    id::{DeviceId, OperationId, RecordId},
};
use operation::{COMPARTMENTS, Genesis, Grant, Grantee, Operation, SignedOperation};
use rights::Right;
use state::Effect;
pub use state::{Granted, State};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Most operations a ledger holds. Thirty years of weekly changes are 1,600.
pub const MAX_OPERATIONS: usize = 20_000;

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
    /// Known, well-formed, signed, but this version does not act on it yet.
    #[error("{0} is not yet in force")]
    NotYetInForce(&'static str),
    /// It contradicts itself or what it follows.
    #[error("the operation makes no sense: {0}")]
    Invalid(&'static str),
    /// The ledger has grown beyond [`MAX_OPERATIONS`].
    #[error("the ledger is full")]
    Full,
}

/// The operations of one record and what they amount to.
#[derive(Debug, Clone)]
pub struct Ledger {
    genesis: OperationId,
    /// Shared between copies: a relay copies a ledger for every batch that may grow it.
    operations: BTreeMap<OperationId, Arc<Taken>>,
    heads: BTreeSet<OperationId>,
    state: State,
}

/// An operation with what it does. The effect depends on its ancestors alone, so it is settled when it is taken.
#[derive(Debug, Clone)]
struct Taken {
    signed: SignedOperation,
    effect: Effect,
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
        let state = State::begin(body, &genesis);
        let id = genesis.id();
        let taken = Taken {
            signed: genesis,
            effect: Effect::Nothing,
        };
        Ok(Self {
            genesis: id,
            operations: BTreeMap::from([(id, Arc::new(taken))]),
            heads: BTreeSet::from([id]),
            state,
        })
    }

    /// Whose record.
    pub fn record(&self) -> RecordId {
        self.state.record()
    }

    /// What all operations together amount to.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The operations that no other follows, ascending.
    pub fn heads(&self) -> Vec<OperationId> {
        self.heads.iter().copied().collect()
    }

    /// Is this operation here?
    pub fn contains(&self, id: &OperationId) -> bool {
        self.operations.contains_key(id)
    }

    /// An operation that was taken.
    pub fn operation(&self, id: &OperationId) -> Option<&SignedOperation> {
        self.operations.get(id).map(|taken| &taken.signed)
    }

    /// All operations that were taken, by id.
    pub fn operations(&self) -> impl Iterator<Item = &SignedOperation> {
        self.operations.values().map(|taken| &taken.signed)
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
    pub fn state_at(&self, heads: &[OperationId]) -> Result<Cow<'_, State>, LedgerError> {
        let missing = self.missing(heads);
        if !missing.is_empty() {
            return Err(LedgerError::Missing(missing));
        }
        if self.heads.iter().all(|head| heads.contains(head)) {
            return Ok(Cow::Borrowed(&self.state));
        }
        Ok(Cow::Owned(self.replay(&self.ancestors(heads))))
    }

    /// Would this operation be taken?
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn check(&self, operation: &SignedOperation) -> Result<(), LedgerError> {
        self.judge(operation).map(|_| ())
    }

    /// Takes an operation. Taking it twice is no error: `false` says that it was here already.
    ///
    /// # Errors
    /// [`LedgerError`]; the ledger is then as it was.
    pub fn apply(&mut self, operation: SignedOperation) -> Result<bool, LedgerError> {
        if self.contains(&operation.id()) {
            return Ok(false);
        }
        let effect = Effect::of(&operation, &*self.judge(&operation)?);
        self.state.add(&effect);
        for parent in operation.parents() {
            self.heads.remove(parent);
        }
        self.heads.insert(operation.id());
        self.operations.insert(
            operation.id(),
            Arc::new(Taken {
                signed: operation,
                effect,
            }),
        );
        Ok(true)
    }

    fn judge(&self, operation: &SignedOperation) -> Result<Cow<'_, State>, LedgerError> {
        if operation.record() != self.record() {
            return Err(LedgerError::WrongRecord);
        }
        if self.operations.len() >= MAX_OPERATIONS {
            return Err(LedgerError::Full);
        }
        let before = self.state_at(operation.parents())?;
        let signer = operation.signer();
        let keys = before
            .device(&signer)
            .ok_or(LedgerError::UnknownSigner(signer))?;
        operation.verify(keys.sign_key())?;
        check_in(&before, &signer, operation.operation())?;
        Ok(before)
    }

    fn ancestors(&self, heads: &[OperationId]) -> BTreeSet<OperationId> {
        let mut seen = BTreeSet::new();
        let mut next: Vec<OperationId> = heads.to_vec();
        while let Some(id) = next.pop() {
            if seen.insert(id) {
                next.extend(
                    self.operation(&id)
                        .into_iter()
                        .flat_map(SignedOperation::parents),
                );
            }
        }
        seen
    }

    /// The state of a set that holds every ancestor of its members. Effects commute, so any order will do.
    fn replay(&self, set: &BTreeSet<OperationId>) -> State {
        let mut state = self.begun();
        for taken in set.iter().filter_map(|id| self.operations.get(id)) {
            state.add(&taken.effect);
        }
        state
    }

    fn begun(&self) -> State {
        match self
            .operation(&self.genesis)
            .map(|genesis| (genesis.operation(), genesis))
        {
            Some((Operation::Genesis(body), genesis)) => State::begin(body, genesis),
            // `begin` is the only constructor and puts a genesis there.
            _ => self.state.clone(),
        }
    }
}

fn check_genesis(body: &Genesis, genesis: &SignedOperation) -> Result<(), LedgerError> {
    if body.compartments.len() != COMPARTMENTS {
        return Err(LedgerError::Invalid(
            "a record begins with nine compartments",
        ));
    }
    if genesis.signer() != body.device.id() {
        return Err(LedgerError::UnknownSigner(genesis.signer()));
    }
    Ok(genesis.verify(body.device.sign_key())?)
}

fn check_in(before: &State, signer: &DeviceId, operation: &Operation) -> Result<(), LedgerError> {
    match operation {
        Operation::Genesis(_) => Err(LedgerError::Invalid("a record begins once")),
        Operation::AddDevice { member, device } => {
            let own = before.members_of(signer).any(|own| own == *member);
            if !before.has_member(member) {
                return Err(LedgerError::Invalid("the device is added to nobody"));
            }
            if before.device(&device.id()).is_some() {
                return Err(LedgerError::Invalid("the device is in the record already"));
            }
            // Everywhere, not only where the person had a right as the signer claims to have seen it: the new device gets
            // every right the person has now or will have, and who cites old parents has seen few of them.
            let manages = before
                .compartments()
                .all(|tag| before.may(signer, &tag, Right::Manage));
            if own || manages {
                Ok(())
            } else {
                Err(LedgerError::NotAllowed("add-device"))
            }
        }
        Operation::Grant(grant) => check_grant(before, signer, grant),
        Operation::Rotate { epochs } => {
            if epochs.is_empty() {
                return Err(LedgerError::Invalid("nothing is rotated"));
            }
            if epochs
                .iter()
                .any(|(tag, epoch)| before.has_epoch(tag, epoch))
            {
                return Err(LedgerError::Invalid("the key was in use before"));
            }
            let manages = epochs
                .iter()
                .all(|(tag, _)| before.may(signer, tag, Right::Manage));
            if manages {
                Ok(())
            } else {
                Err(LedgerError::NotAllowed("rotate"))
            }
        }
        Operation::RemoveDevice { .. }
        | Operation::Revoke { .. }
        | Operation::Close { .. }
        | Operation::Endorse { .. }
        | Operation::Restart { .. }
        | Operation::StaffJoin { .. }
        | Operation::StaffEnd { .. } => Err(LedgerError::NotYetInForce(operation.name())),
    }
}

fn check_grant(before: &State, signer: &DeviceId, grant: &Grant) -> Result<(), LedgerError> {
    match &grant.grantee {
        Grantee::Organisation(_) => {
            return Err(LedgerError::NotYetInForce("a grant to an organisation"));
        }
        Grantee::Person(device) if before.device(&device.id()).is_some() => {
            return Err(LedgerError::Invalid("the person is in the record already"));
        }
        Grantee::Member(member) if !before.has_member(member) => {
            return Err(LedgerError::Invalid("the grantee is nobody"));
        }
        Grantee::Person(_) | Grantee::Member(_) => {}
    }
    if grant.delegate {
        return Err(LedgerError::NotYetInForce("a grant that may be passed on"));
    }
    // Taken, it would never end.
    if grant.until.is_some() {
        return Err(LedgerError::NotYetInForce("a grant that ends"));
    }
    if grant.rights.is_empty() {
        return Err(LedgerError::Invalid("nothing is granted"));
    }
    let manages = grant
        .rights
        .iter()
        .all(|(tag, _)| before.may(signer, tag, Right::Manage));
    if manages {
        Ok(())
    } else {
        Err(LedgerError::NotAllowed("grant"))
    }
}
