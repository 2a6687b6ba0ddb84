//! The view: what stands, who said it, and where people disagree. Built from statements and from who may say what.

use crate::{
    compartment::Compartment,
    id::{ActorId, DeviceId},
    screen::source::{Role, Standing},
    statement::{FactId, How, StatementId, UnixMillis, Value},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use crate::ledger::rights::Right;

/// Who wrote with an actor, and what they may do: the view's question to the ledger.
pub trait Authority {
    /// The device behind an actor, proven by attestation. `None`: nobody vouches for it, its statements do not count.
    fn device(&self, compartment: Compartment, actor: &ActorId) -> Option<DeviceId>;
    /// Its right in a compartment.
    fn right(&self, compartment: Compartment, device: &DeviceId) -> Option<Right>;
}

/// Who said something, as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The key that signed.
    pub device: DeviceId,
    /// The name a manager of the record gave this key (kind `member`); empty if none did.
    pub name: String,
    /// The role a manager of the record gave this key.
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
}

/// The record as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// All facts, retracted ones included, in a fixed order: compartment, kind, then the order field, then first said.
    pub facts: Vec<FactView>,
}
