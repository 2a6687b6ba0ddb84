//! The kinds of facts: what may be said in each compartment, with labels in both languages.
//!
//! One registry feeds everything: editors are built from it, screens take their labels from it, the JSON Schema is
//! generated from the same declarations. A kind or a field that is not in it is allowed and kept: a record lives twenty
//! years, and an older app must not lose what a newer one wrote.

mod check;
mod declare;
pub mod form;

pub mod break_glass;
pub mod care;
pub mod consents;
pub mod emergency;
pub mod evacuation;
pub mod everywhere;
pub mod history;
pub mod life;
pub mod log;
pub mod people;
pub mod restricted;
mod together;

pub(crate) use check::check_date;
pub use check::{Cause, FieldError, check, check_some};
pub use form::Form;
pub use together::said_together;

use crate::{compartment::Compartment, statement::Fields};
use schemars::{Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

/// A kind of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// Its name in statements and files: `kebab-case`, never changed once published.
    pub name: &'static str,
    /// Where facts of this kind belong.
    pub compartments: &'static [Compartment],
    /// A child has only one: the fact is named by its kind, so that two writers speak about the same fact.
    pub only: bool,
    /// What a Japanese reader calls it.
    pub label_ja: &'static str,
    /// What an English reader calls it.
    pub label_en: &'static str,
    /// Its fields in the order of a form; the first one names the fact in lists.
    pub fields: &'static [FieldSpec],
}

/// A field of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FieldSpec {
    /// Its name in statements and files: `snake_case`, never changed once published.
    pub name: &'static str,
    /// What a Japanese reader calls it.
    pub label_ja: &'static str,
    /// What an English reader calls it.
    pub label_en: &'static str,
    /// The shape of its value, and so the editor it gets.
    pub form: Form,
    /// The unit in which the value is given, shown beside it; `None` where the value carries its own.
    pub unit: Option<&'static str>,
    /// A fact of this kind says nothing without it.
    pub required: bool,
    /// An example or a reminder, in Japanese.
    pub hint_ja: Option<&'static str>,
    /// An example or a reminder, in English.
    pub hint_en: Option<&'static str>,
}

/// A kind as a Rust type: every field optional, because a statement sets only some; unknown fields in `more`.
pub trait Typed: Serialize + DeserializeOwned {
    /// The declaration.
    const KIND: Kind;

    /// The typed fact behind some fields.
    ///
    /// # Errors
    /// A value has not the declared shape. Missing fields are no error here.
    fn from_fields(fields: &Fields) -> Result<Self, serde_json::Error> {
        serde_json::to_value(fields).and_then(serde_json::from_value)
    }

    /// The fields it sets, unknown ones included.
    ///
    /// # Errors
    /// None that a value read by [`Typed::from_fields`] could cause.
    fn to_fields(&self) -> Result<Fields, serde_json::Error> {
        serde_json::to_value(self).and_then(serde_json::from_value)
    }
}

/// All kinds, in the order of the compartments.
pub fn registry() -> impl Iterator<Item = &'static Kind> {
    [
        emergency::KINDS,
        care::KINDS,
        evacuation::KINDS,
        history::KINDS,
        life::KINDS,
        restricted::KINDS,
        people::KINDS,
        log::KINDS,
        consents::KINDS,
        break_glass::KINDS,
        everywhere::KINDS,
    ]
    .into_iter()
    .flatten()
}

/// The JSON Schemas of what statements about facts of each kind may set.
pub(crate) fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
    [
        emergency::schemas,
        care::schemas,
        evacuation::schemas,
        history::schemas,
        life::schemas,
        restricted::schemas,
        people::schemas,
        log::schemas,
        consents::schemas,
        break_glass::schemas,
        everywhere::schemas,
    ]
    .into_iter()
    .flat_map(|of| of(generator))
    .collect()
}

/// The declaration of a kind; `None` for one that only a newer app knows.
pub fn find(name: &str) -> Option<&'static Kind> {
    registry().find(|kind| kind.name == name)
}

impl Kind {
    /// The declaration of a field; `None` for one that only a newer app knows.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The registry as one JSON array of [`Kind`], for the app's forms and labels.
pub fn registry_json() -> String {
    let kinds: Vec<_> = registry().collect();
    // Strings, booleans and arrays only: there is nothing that serde_json could refuse.
    serde_json::to_string(&kinds).unwrap_or_default()
}

#[cfg(test)]
mod tests;
