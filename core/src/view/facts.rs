//! Who said what about one fact, and what of it stands.

use crate::{
    compartment::Compartment,
    id::DeviceId,
    statement::{Body, FactId, Statement, StatementId},
    view::{Authority, Right},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A statement whose author may say something here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted<'a> {
    pub(super) statement: &'a Statement,
    pub(super) device: DeviceId,
    pub(super) right: Right,
}

impl Counted<'_> {
    /// May its author replace, retract or say otherwise what `other` said?
    pub(super) fn may_answer(&self, other: &Counted<'_>) -> bool {
        self.right >= Right::Write || self.device == other.device
    }
}

/// The statements of one compartment that count, by id.
pub(super) struct Counting<'a> {
    pub(super) by_id: HashMap<StatementId, Counted<'a>>,
}

impl<'a> Counting<'a> {
    /// Statements of unknown authors, and of those who may only read, are not counted.
    pub(super) fn new(
        compartment: Compartment,
        statements: &'a [Statement],
        authority: &impl Authority,
    ) -> Self {
        let mut devices = HashMap::new();
        let by_id = statements
            .iter()
            .filter_map(|statement| {
                let actor = statement.id.actor;
                let device = (*devices
                    .entry(actor)
                    .or_insert_with(|| authority.device(compartment, &actor)))?;
                let right = authority.right_of(compartment, &device, &statement.id)?;
                (right >= Right::Append).then_some((
                    statement.id,
                    Counted {
                        statement,
                        device,
                        right,
                    },
                ))
            })
            .collect();
        Self { by_id }
    }

    /// The counted statements by fact, each fact's ascending by id. Confirmations are kept apart.
    pub(super) fn facts(&self) -> BTreeMap<&'a FactId, Vec<Counted<'a>>> {
        let mut facts: BTreeMap<&FactId, Vec<Counted<'a>>> = BTreeMap::new();
        for counted in self.by_id.values() {
            if !matches!(counted.statement.body, Body::Confirm { .. }) {
                facts
                    .entry(&counted.statement.fact)
                    .or_default()
                    .push(*counted);
            }
        }
        facts
            .values_mut()
            .for_each(|said| said.sort_by_key(|counted| counted.statement.id));
        facts
    }
}

/// What stands of one fact.
#[derive(Debug, Default)]
pub(super) struct Standings<'a> {
    /// Which statements took a statement's place in a field.
    pub(super) superseded: HashMap<(StatementId, &'a str), Vec<StatementId>>,
    /// Retractions that nobody said otherwise.
    pub(super) retractions: Vec<Counted<'a>>,
    /// What those retractions cover, and by which.
    pub(super) covered: HashMap<StatementId, Vec<StatementId>>,
    /// Retractions that were said otherwise, and by which statements.
    pub(super) answered: HashMap<StatementId, Vec<StatementId>>,
}

impl<'a> Standings<'a> {
    /// `said` is all that was said of one fact.
    pub(super) fn new(said: &[Counted<'a>]) -> Self {
        let by_id: HashMap<StatementId, &Counted<'a>> = said
            .iter()
            .map(|counted| (counted.statement.id, counted))
            .collect();
        let mut standings = Self::default();
        for counted in said {
            let may = |id: &&StatementId| {
                by_id
                    .get(*id)
                    .is_some_and(|other| counted.may_answer(other))
            };
            if let Body::Set {
                supersedes, again, ..
            } = &counted.statement.body
            {
                for (field, seen) in supersedes {
                    for id in seen.iter().filter(may) {
                        standings
                            .superseded
                            .entry((*id, field))
                            .or_default()
                            .push(counted.statement.id);
                    }
                }
                for id in again.iter().filter(may) {
                    standings
                        .answered
                        .entry(*id)
                        .or_default()
                        .push(counted.statement.id);
                }
            }
        }
        for counted in said {
            standings.retract(counted, &by_id);
        }
        standings
    }

    fn retract(&mut self, counted: &Counted<'a>, by_id: &HashMap<StatementId, &Counted<'a>>) {
        let Body::Retract { covers, .. } = &counted.statement.body else {
            return;
        };
        let id = counted.statement.id;
        let permitted: HashSet<StatementId> = covers
            .iter()
            .filter(|seen| {
                by_id
                    .get(seen)
                    .is_some_and(|other| counted.may_answer(other))
            })
            .copied()
            .collect();
        if self.answered.contains_key(&id) {
            return;
        }
        // Whoever may only add takes back their own words, and puts no doubt beside what others said.
        let alone = by_id.values().all(|other| counted.may_answer(other));
        if counted.right >= Right::Write || (alone && !permitted.is_empty()) {
            self.retractions.push(*counted);
            permitted
                .into_iter()
                .for_each(|seen| self.covered.entry(seen).or_default().push(id));
        } else {
            for own in permitted.iter().filter_map(|seen| by_id.get(seen)) {
                self.take_back(own, id);
            }
        }
    }

    fn take_back(&mut self, own: &Counted<'a>, by: StatementId) {
        if let Body::Set { fields, .. } = &own.statement.body {
            for field in fields.keys() {
                let values = self.superseded.entry((own.statement.id, field));
                values.or_default().push(by);
            }
        }
    }

    /// Does this statement's value of a field stand?
    pub(super) fn stands(&self, id: StatementId, field: &'a str) -> bool {
        !self.superseded.contains_key(&(id, field))
    }

    /// Was any part of a statement replaced, or the whole retracted?
    pub(super) fn is_touched(&self, statement: &'a Statement) -> bool {
        self.covered.contains_key(&statement.id)
            || matches!(&statement.body, Body::Set { fields, .. }
                if fields.keys().any(|field| !self.stands(statement.id, field)))
    }
}
