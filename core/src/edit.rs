//! What a person wants to change, and the statement it becomes.
//!
//! An edit is made in front of a [`View`]: what the person saw is what the statement replaces, covers or says again. What they
//! did not see stands beside it.

use crate::{
    compartment::Compartment,
    document::limits,
    kind,
    statement::{Body, FactId, Fields, How, NewStatement, StatementId, UnixMillis, Value},
    view::{FactView, Said, View},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A wish to change the record. As JSON: `{"do": "set", "compartment": "care", "fact": "only:weight", "fields": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Edit {
    /// Begins a fact. Of a kind of which a child has only one, it sets that one, replacing what the view shows.
    Add {
        /// Where.
        compartment: Compartment,
        /// Its kind.
        kind: String,
        /// Its fields, at least one.
        fields: Fields,
        /// How the author knows.
        #[serde(default)]
        how: How,
    },
    /// Says values of a fact, replacing all that the view shows of these fields. So it also settles a contradiction, and
    /// answers retractions.
    Set {
        /// Where.
        compartment: Compartment,
        /// Which.
        fact: FactId,
        /// The new values.
        #[serde(default, skip_serializing_if = "Fields::is_empty")]
        fields: Fields,
        /// Fields that shall have no value any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clear: Vec<String>,
        /// How the author knows.
        #[serde(default)]
        how: How,
    },
    /// Says that a fact no longer holds.
    Retract {
        /// Where.
        compartment: Compartment,
        /// Which.
        fact: FactId,
        /// Why, in the author's words.
        reason: String,
        /// How the author knows.
        #[serde(default)]
        how: How,
    },
    /// Says a retracted fact again, as it was.
    SayAgain {
        /// Where.
        compartment: Compartment,
        /// Which.
        fact: FactId,
        /// How the author knows.
        #[serde(default)]
        how: How,
    },
    /// Confirms exactly one statement.
    Confirm {
        /// Where.
        compartment: Compartment,
        /// Which.
        statement: StatementId,
        /// How the author knows.
        #[serde(default)]
        how: How,
    },
}

/// Why an edit says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The view shows no such fact.
    #[error("there is no fact {0} in {1}")]
    UnknownFact(FactId, Compartment),
    /// The view shows no such statement: it was replaced, or never was.
    #[error("statement {0} does not stand in {1}")]
    UnknownStatement(StatementId, Compartment),
    /// It sets and clears nothing.
    #[error("the edit says nothing")]
    Nothing,
    /// The fact is not retracted, so there is nothing to say again.
    #[error("the fact is not retracted")]
    NotRetracted,
    /// A retraction needs a reason.
    #[error("a retraction needs a reason")]
    NoReason,
    /// A kind or a field's name is empty, longer than 64 bytes, or has control characters.
    #[error("not a name: {0:?}")]
    Name(String),
    /// A value is longer than 64 KiB.
    #[error("the value of {0} is too long")]
    TooLong(String),
}

impl Edit {
    /// Where it belongs.
    pub fn compartment(&self) -> Compartment {
        match self {
            Self::Add { compartment, .. }
            | Self::Set { compartment, .. }
            | Self::Retract { compartment, .. }
            | Self::SayAgain { compartment, .. }
            | Self::Confirm { compartment, .. } => *compartment,
        }
    }

    /// The statement that says it, by somebody who has `view` in front of them at `now`.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn into_statement(
        self,
        view: &View,
        now: UnixMillis,
    ) -> Result<(Compartment, NewStatement), EditError> {
        let compartment = self.compartment();
        let new = match self {
            Self::Add {
                kind, fields, how, ..
            } => add(view, compartment, kind, fields, how, now)?,
            Self::Set {
                fact,
                fields,
                clear,
                how,
                ..
            } => set(
                view.find(compartment, &fact),
                compartment,
                fact,
                fields,
                clear,
                how,
                now,
            )?,
            Self::Retract {
                fact, reason, how, ..
            } => retract(known(view, compartment, fact)?, reason, how, now)?,
            Self::SayAgain { fact, how, .. } => {
                say_again(known(view, compartment, fact)?, how, now)?
            }
            Self::Confirm { statement, how, .. } => {
                confirm(view, compartment, statement, how, now)?
            }
        };
        check(&new)?;
        Ok((compartment, new))
    }
}

fn known(view: &View, compartment: Compartment, fact: FactId) -> Result<&FactView, EditError> {
    view.find(compartment, &fact)
        .ok_or(EditError::UnknownFact(fact, compartment))
}

fn add(
    view: &View,
    compartment: Compartment,
    kind: String,
    fields: Fields,
    how: How,
    now: UnixMillis,
) -> Result<NewStatement, EditError> {
    if kind::find(&kind).is_some_and(|declared| declared.only) {
        let fact = FactId::Only(kind);
        return set(
            view.find(compartment, &fact),
            compartment,
            fact,
            fields,
            Vec::new(),
            how,
            now,
        );
    }
    if fields.is_empty() {
        return Err(EditError::Nothing);
    }
    let body = Body::Set {
        fields,
        supersedes: BTreeMap::new(),
        again: Vec::new(),
    };
    Ok(NewStatement {
        fact: None,
        kind,
        body,
        how,
        said_at: now,
    })
}

fn set(
    seen: Option<&FactView>,
    compartment: Compartment,
    fact: FactId,
    fields: Fields,
    clear: Vec<String>,
    how: How,
    now: UnixMillis,
) -> Result<NewStatement, EditError> {
    let kind = match (seen, &fact) {
        (Some(seen), _) => seen.kind.clone(),
        (None, FactId::Only(kind)) => kind.clone(),
        (None, FactId::Said(_)) => return Err(EditError::UnknownFact(fact, compartment)),
    };
    if fields.is_empty() && clear.is_empty() {
        return Err(EditError::Nothing);
    }
    let fields = with_companions(&kind, fields, &clear, seen);
    let replaces = |field: &String| {
        seen.map(|seen| says(seen, field))
            .filter(|said| !said.is_empty())
    };
    let supersedes = fields
        .keys()
        .chain(&clear)
        .filter_map(|field| Some((field.clone(), replaces(field)?)))
        .collect::<BTreeMap<_, _>>();
    if fields.is_empty() && supersedes.is_empty() {
        return Err(EditError::Nothing);
    }
    let again = seen.map(retractions).unwrap_or_default();
    Ok(NewStatement {
        fact: Some(fact),
        kind,
        body: Body::Set {
            fields,
            supersedes,
            again,
        },
        how,
        said_at: now,
    })
}

/// The fields, and with each what it means nothing without, as the author saw it: a dose is said anew with its unit.
fn with_companions(
    kind: &str,
    fields: Fields,
    clear: &[String],
    seen: Option<&FactView>,
) -> Fields {
    let Some(seen) = seen else { return fields };
    let mut whole = fields.clone();
    for (field, value) in &fields {
        for companion in kind::said_together(kind, field) {
            if !clear.iter().any(|cleared| cleared == companion)
                && let Some(taken) = companion_of(seen, field, value, companion)
            {
                whole.entry((*companion).to_owned()).or_insert(taken);
            }
        }
    }
    whole
}

/// What stands in `companion`. Where people disagree about it: what was said with the value that the author chooses now; with
/// a value of their own they have not chosen, and the disagreement stays.
fn companion_of(seen: &FactView, field: &str, value: &Value, companion: &str) -> Option<Value> {
    let values = seen.fields.get(companion)?.values.as_slice();
    if let [only] = values {
        return Some(only.value.clone());
    }
    let chosen = seen
        .fields
        .get(field)?
        .values
        .iter()
        .find(|said| said.value == *value)?;
    let with_it = |said: &Said| {
        chosen
            .said
            .iter()
            .any(|other| other.statement == said.statement)
    };
    let taken = values.iter().find(|one| one.said.iter().any(with_it))?;
    Some(taken.value.clone())
}

fn retract(
    seen: &FactView,
    reason: String,
    how: How,
    now: UnixMillis,
) -> Result<NewStatement, EditError> {
    if reason.trim().is_empty() {
        return Err(EditError::NoReason);
    }
    let mut covers: Vec<_> = seen
        .fields
        .keys()
        .flat_map(|field| says(seen, field))
        .chain(seen.again.clone())
        .collect();
    covers.sort_unstable();
    covers.dedup();
    Ok(about(seen, Body::Retract { reason, covers }, how, now))
}

fn say_again(seen: &FactView, how: How, now: UnixMillis) -> Result<NewStatement, EditError> {
    let again = retractions(seen);
    if again.is_empty() {
        return Err(EditError::NotRetracted);
    }
    Ok(about(
        seen,
        Body::Set {
            fields: Fields::new(),
            supersedes: BTreeMap::new(),
            again,
        },
        how,
        now,
    ))
}

fn confirm(
    view: &View,
    compartment: Compartment,
    statement: StatementId,
    how: How,
    now: UnixMillis,
) -> Result<NewStatement, EditError> {
    let said = |fact: &&FactView| {
        fact.compartment == compartment
            && fact
                .fields
                .keys()
                .any(|field| says(fact, field).contains(&statement))
    };
    let fact = view
        .facts
        .iter()
        .find(said)
        .ok_or(EditError::UnknownStatement(statement, compartment))?;
    Ok(about(fact, Body::Confirm { target: statement }, how, now))
}

fn about(seen: &FactView, body: Body, how: How, now: UnixMillis) -> NewStatement {
    NewStatement {
        fact: Some(seen.id.clone()),
        kind: seen.kind.clone(),
        body,
        how,
        said_at: now,
    }
}

/// The statements whose value of a field the view shows.
fn says(seen: &FactView, field: &str) -> Vec<StatementId> {
    let values = seen
        .fields
        .get(field)
        .map(|field| field.values.as_slice())
        .unwrap_or_default();
    values
        .iter()
        .flat_map(|value| &value.said)
        .map(|said| said.statement)
        .collect()
}

fn retractions(seen: &FactView) -> Vec<StatementId> {
    seen.retractions()
        .iter()
        .map(|retraction| retraction.said.statement)
        .collect()
}

/// Only what every reader will take (see [`limits`]).
fn check(new: &NewStatement) -> Result<(), EditError> {
    if !limits::is_name(&new.kind) {
        return Err(EditError::Name(new.kind.clone()));
    }
    let How {
        by, document, date, ..
    } = &new.how;
    for (part, text) in [("by", by), ("document", document), ("date", date)] {
        check_length(part, text.as_deref().unwrap_or_default().len())?;
    }
    match &new.body {
        Body::Set { fields, .. } => fields
            .iter()
            .try_for_each(|(name, value)| check_field(name, value)),
        Body::Retract { reason, .. } => check_length("reason", reason.len()),
        Body::Confirm { .. } => Ok(()),
    }
}

fn check_field(name: &str, value: &Value) -> Result<(), EditError> {
    if !limits::is_name(name) {
        return Err(EditError::Name(name.to_owned()));
    }
    // In a list each text stands after its length, at most three bytes.
    let length = match value {
        Value::Text(text) => text.len(),
        Value::Flag(_) => 1,
        Value::List(texts) => texts.iter().map(|text| text.len() + 3).sum(),
    };
    check_length(name, length)
}

fn check_length(name: &str, length: usize) -> Result<(), EditError> {
    if length > limits::MAX_VALUE_BYTES {
        Err(EditError::TooLong(name.to_owned()))
    } else {
        Ok(())
    }
}
