//! Reading: every error names the place in the document, and never quotes what stands there.

use super::{OpenFact, OpenRecord, What};
use crate::{
    kind::{self, Cause, FieldError},
    statement::Fields,
};
use std::collections::BTreeMap;

/// Why a document is not a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct OpenJsonError {
    /// Where: `facts[3].statements[0].fields.birth_date`. `.` is the whole document.
    pub path: String,
    /// What is wrong there.
    pub cause: OpenJsonCause,
}

/// What is wrong at a place of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenJsonCause {
    /// Not JSON, or not the shape of this form.
    #[error("{0}")]
    Malformed(String),
    /// A declared field does not hold what its kind declares.
    #[error("{0}")]
    Field(Cause),
    /// Nothing is said about the fact.
    #[error("has no statement")]
    Silent,
    /// A reference to a statement that is not earlier in the same fact.
    #[error("refers to no earlier statement of this fact")]
    Reference,
    /// A second fact of a kind of which a child has only one.
    #[error("a child has only one {0:?}; it is at facts[{1}]")]
    Twice(String, usize),
    /// The kind has its place elsewhere.
    #[error("{0:?} belongs to {1}")]
    Misplaced(String, String),
}

impl OpenRecord {
    /// Reads a document and checks every declared field in it.
    ///
    /// # Errors
    /// The first thing that is wrong, with its path.
    pub fn parse(text: &str) -> Result<Self, OpenJsonError> {
        let record = Self::read(text)?;
        record.facts.iter().enumerate().try_for_each(check_fact)?;
        Ok(record)
    }

    /// Reads a document and takes its fields as they are: for what an app wrote that declares kinds otherwise than ours.
    ///
    /// # Errors
    /// The first thing that is wrong with its shape or its references, with its path.
    pub fn read(text: &str) -> Result<Self, OpenJsonError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let record: Self = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| malformed(error.path().to_string(), &error.into_inner()))?;
        json.end().map_err(|error| malformed(".".into(), &error))?;
        record.check_shape()?;
        Ok(record.canonical())
    }

    fn check_shape(&self) -> Result<(), OpenJsonError> {
        let mut seen = BTreeMap::new();
        for (index, fact) in self.facts.iter().enumerate() {
            check_references(index, fact)?;
            if fact.is_only() {
                let first = *seen.entry((fact.compartment, &fact.kind)).or_insert(index);
                if first != index {
                    let twice = OpenJsonCause::Twice(fact.kind.clone(), first);
                    return Err(at(format!("facts[{index}]"), twice));
                }
            }
        }
        Ok(())
    }
}

fn check_references(index: usize, fact: &OpenFact) -> Result<(), OpenJsonError> {
    if fact.statements.is_empty() {
        let path = format!("facts[{index}].statements");
        return Err(at(path, OpenJsonCause::Silent));
    }
    for (position, statement) in fact.statements.iter().enumerate() {
        for (list, reference) in statement.what.references() {
            if reference >= position {
                let path = format!("facts[{index}].statements[{position}].{list}");
                return Err(at(path, OpenJsonCause::Reference));
            }
        }
    }
    Ok(())
}

fn check_fact((index, fact): (usize, &OpenFact)) -> Result<(), OpenJsonError> {
    let path = format!("facts[{index}]");
    if let Some(kind) = kind::find(&fact.kind)
        && !kind.compartments.contains(&fact.compartment)
    {
        let places: Vec<_> = kind.compartments.iter().map(|c| c.name()).collect();
        let cause = OpenJsonCause::Misplaced(fact.kind.clone(), places.join(", "));
        return Err(at(format!("{path}.kind"), cause));
    }
    let mut all = Fields::new();
    for (position, statement) in fact.statements.iter().enumerate() {
        let path = format!("{path}.statements[{position}]");
        if let What::Set { fields, .. } = &statement.what {
            let refuse = |error| at_field(&path, error);
            kind::check_some(&fact.kind, fields).map_err(refuse)?;
            all.extend(fields.clone());
        }
        if let Some(date) = &statement.how.date {
            kind::check_date(date)
                .map_err(|cause| at(format!("{path}.how.date"), OpenJsonCause::Field(cause)))?;
        }
    }
    // Required of the fact, not of each statement: a later one sets only what it changes.
    kind::check(&fact.kind, &all).map_err(|error| at_field(&format!("{path}.statements[0]"), error))
}

fn at(path: String, cause: OpenJsonCause) -> OpenJsonError {
    OpenJsonError { path, cause }
}

fn at_field(statement: &str, error: FieldError) -> OpenJsonError {
    at(
        format!("{statement}.fields.{}", error.field),
        OpenJsonCause::Field(error.cause),
    )
}

fn malformed(path: String, error: &serde_json::Error) -> OpenJsonError {
    at(path, OpenJsonCause::Malformed(error.to_string()))
}
