//! The view: what stands, who said it, and where people disagree. Built from statements and from who may say what.

use crate::{
    compartment::Compartment,
    id::{ActorId, DeviceId},
    ledger::OrganisationKey,
    screen::source::{Role, Standing},
    statement::{FactId, How, StatementId, UnixMillis, Value},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod build;
mod facts;
mod members;
mod told;

pub use members::{Named, Names, named};
pub use told::{Told, authors, history};

#[cfg(test)]
mod tests;

pub use crate::ledger::rights::Right;

/// Who wrote with an actor, and what they may do: the view's question to the ledger.
pub trait Authority {
    /// The device behind an actor, proven by attestation. `None`: nobody vouches for it, its statements do not count.
    fn device(&self, compartment: Compartment, actor: &ActorId) -> Option<DeviceId>;
    /// Its right in a compartment.
    fn right(&self, compartment: Compartment, device: &DeviceId) -> Option<Right>;
    /// The right that one of its statements counts with: that which its author had where it was said from. `None`: it does
    /// not count.
    fn right_of(
        &self,
        compartment: Compartment,
        device: &DeviceId,
        _statement: &StatementId,
    ) -> Option<Right> {
        self.right(compartment, device)
    }
    /// The organisations that certified its person, ever: colleagues may name each other.
    fn organisations(&self, _device: &DeviceId) -> BTreeSet<OrganisationKey> {
        BTreeSet::new()
    }
}

/// Who said something, as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The key that signed.
    pub device: DeviceId,
    /// The name a manager of the record gave this key (kind `member`), or a colleague of the same organisation; empty if
    /// nobody did.
    pub name: String,
    /// The role a manager of the record gave this key, or their organisation's staff.
    pub role: Role,
}

/// One saying of one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The statement.
    pub statement: StatementId,
    /// Who.
    pub author: Author,
    /// When, by their clock.
    pub at: UnixMillis,
    /// How they know.
    pub how: How,
    /// Confirmed, transcribed or plain.
    pub standing: Standing,
    /// The professional whose signed confirmation stands, and when they gave it.
    pub confirmed_by: Vec<(Author, UnixMillis)>,
}

/// One value of a field, with everybody who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueView {
    /// The value.
    pub value: Value,
    /// Who says so; never empty.
    pub said: Vec<Said>,
}

/// One field: more than one value is a contradiction, and every screen, card and print shows all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldView {
    /// The unsuperseded values, never empty, in a fixed order.
    pub values: Vec<ValueView>,
}

impl FieldView {
    /// Do people disagree?
    pub fn is_contradicted(&self) -> bool {
        self.values.len() > 1
    }
}

/// A retraction that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retraction {
    /// Why.
    pub reason: String,
    /// Who, when, how they know.
    pub said: Said,
}

/// Whether a fact holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "retractions", rename_all = "lowercase")]
pub enum Presence {
    /// Nobody retracted it.
    Present,
    /// All that was said of it is retracted.
    Retracted(Vec<Retraction>),
    /// Retracted by some, while something else was said without having seen that: shown as a contradiction.
    Contested(Vec<Retraction>),
}

/// A fact as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactView {
    /// Which.
    pub id: FactId,
    /// Where.
    pub compartment: Compartment,
    /// Its kind.
    pub kind: String,
    /// Its fields. Retracted facts keep theirs, so that history can be shown.
    pub fields: BTreeMap<String, FieldView>,
    /// Whether it holds.
    pub presence: Presence,
    /// Statements that say the fact again against a retraction. A later retraction covers them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<StatementId>,
}

/// The record as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// All facts, retracted ones included, in a fixed order: compartment, kind, then the order field, then first said.
    pub facts: Vec<FactView>,
}

impl View {
    /// The facts of a kind in a compartment, in order, retracted ones included.
    pub fn of_kind<'a>(
        &'a self,
        compartment: Compartment,
        kind: &'a str,
    ) -> impl Iterator<Item = &'a FactView> {
        self.facts
            .iter()
            .filter(move |fact| fact.compartment == compartment && fact.kind == kind)
    }

    /// A fact.
    pub fn find(&self, compartment: Compartment, id: &FactId) -> Option<&FactView> {
        self.facts
            .iter()
            .find(|fact| fact.compartment == compartment && fact.id == *id)
    }

    /// The facts about which people disagree, in order: what a person must settle.
    pub fn contradictions(&self) -> impl Iterator<Item = &FactView> {
        self.facts.iter().filter(|fact| fact.is_contradicted())
    }
}

impl FactView {
    /// Does somebody still say so? A contested fact stands until a person settles it.
    pub fn stands(&self) -> bool {
        !matches!(self.presence, Presence::Retracted(_))
    }

    /// Do people disagree about a value of it, or about whether it holds?
    pub fn is_contradicted(&self) -> bool {
        match self.presence {
            Presence::Present => self.fields.values().any(FieldView::is_contradicted),
            Presence::Contested(_) => true,
            Presence::Retracted(_) => false,
        }
    }

    /// The text of a field about which nobody disagrees. `None` if it is missing, no text, or contradicted: whoever shows it
    /// must then show every value.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.fields.get(field)?.values.as_slice() {
            [
                ValueView {
                    value: Value::Text(text),
                    ..
                },
            ] => Some(text),
            _ => None,
        }
    }

    /// The retractions that stand.
    pub fn retractions(&self) -> &[Retraction] {
        match &self.presence {
            Presence::Present => &[],
            Presence::Retracted(retractions) | Presence::Contested(retractions) => retractions,
        }
    }
}
