//! Where every applied change stands: what is needed to judge the next one without asking Automerge.

use super::{ancestry::Node, change::ChangeError, first::First};
use crate::{
    id::{ActorId, ChangeId},
    statement::StatementId,
};
use automerge::Automerge;
use std::{collections::HashMap, sync::Arc};

/// Where one change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) actor: ActorId,
    pub(crate) sequence: u64,
    /// Counter of its first operation.
    pub(crate) start: u64,
    /// Counter of its last operation.
    pub(crate) end: u64,
}

/// All applied changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    places: HashMap<ChangeId, Place>,
    by_actor: HashMap<ActorId, Vec<ChangeId>>,
    /// What each change follows, and what else its author had seen.
    parents: HashMap<ChangeId, Arc<[ChangeId]>>,
}

impl History {
    /// The history of a document that holds only the frozen first change.
    pub(crate) fn begin(first: &First) -> Result<Self, ChangeError> {
        let mut history = Self::default();
        let end = first.change().max_op();
        history.insert(
            first.id(),
            Place {
                actor: first.actor()?,
                sequence: 1,
                start: 1,
                end,
            },
            &[],
        );
        Ok(history)
    }

    /// Reads it from a document whose changes were all validated when they went in.
    pub(crate) fn of(document: &Automerge) -> Result<Self, ChangeError> {
        let mut history = Self::default();
        for change in document.get_changes_meta(&[]) {
            let actor =
                ActorId::try_from(change.actor.to_bytes()).map_err(|_| ChangeError::NotAChange)?;
            let place = Place {
                actor,
                sequence: change.seq,
                start: change.start_op,
                end: change.max_op,
            };
            let parents: Vec<ChangeId> =
                change.deps.iter().map(|dep| ChangeId::new(dep.0)).collect();
            history.insert(ChangeId::new(change.hash.0), place, &parents);
        }
        Ok(history)
    }

    /// Its actor's changes must come in sequence.
    pub(crate) fn insert(&mut self, id: ChangeId, place: Place, parents: &[ChangeId]) {
        self.places.insert(id, place);
        self.parents.insert(id, parents.into());
        self.by_actor.entry(place.actor).or_default().push(id);
    }

    pub(crate) fn get(&self, id: &ChangeId) -> Option<&Place> {
        self.places.get(id)
    }

    /// The change that holds this place in an actor's sequence (from 1).
    pub(crate) fn at(&self, actor: &ActorId, sequence: u64) -> Option<&ChangeId> {
        let index = usize::try_from(sequence).ok()?.checked_sub(1)?;
        self.by_actor.get(actor)?.get(index)
    }

    /// An actor's newest change and its sequence number.
    pub(crate) fn newest(&self, actor: &ActorId) -> Option<(u64, &ChangeId)> {
        let changes = self.by_actor.get(actor)?;
        Some((changes.len() as u64, changes.last()?))
    }

    /// An actor's changes, in sequence.
    pub(crate) fn of_actor(&self, actor: &ActorId) -> impl Iterator<Item = &ChangeId> {
        self.by_actor.get(actor).into_iter().flatten()
    }

    /// The change that holds a statement.
    pub(crate) fn find(&self, id: &StatementId) -> Option<&ChangeId> {
        let changes = self.by_actor.get(&id.actor)?;
        let later = changes.partition_point(|change| {
            self.places
                .get(change)
                .is_some_and(|place| place.start <= id.counter)
        });
        let change = changes.get(later.checked_sub(1)?)?;
        (id.counter <= self.places.get(change)?.end).then_some(change)
    }

    /// Notes that a change's author had also seen changes that it does not follow.
    pub(crate) fn also_saw(&mut self, id: &ChangeId, seen: &[ChangeId]) {
        if let Some(parents) = self.parents.get_mut(id) {
            *parents = parents.iter().chain(seen).copied().collect();
        }
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.places.iter().map(|(id, place)| Node {
            id: *id,
            actor: place.actor,
            parents: self.parents.get(id).map_or(&[], |parents| parents),
        })
    }

    pub(crate) fn actors(&self) -> impl Iterator<Item = &ActorId> {
        self.by_actor.keys()
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}
