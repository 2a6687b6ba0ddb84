//! Is a value shaped as its kind declares? Asked of what a person types and of what is imported, never of what others signed.

use super::{FieldSpec, Form, find, form};
use crate::statement::{Fields, Value};

/// A field that does not hold what its kind declares. The message names the field and never its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}.{field}: {cause}")]
pub struct FieldError {
    /// Kind of the fact.
    pub kind: String,
    /// Name of the field.
    pub field: String,
    /// What is wrong with it.
    pub cause: Cause,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The fact says nothing without it.
    #[error("missing")]
    Missing,
    /// Text of nothing but spaces. A field that says nothing is left out.
    #[error("empty")]
    Empty,
    /// Not text.
    #[error("not a text")]
    NotText,
    /// Not a decimal number in half-width digits.
    #[error("not a decimal number")]
    NotDecimal,
    /// Not a day of the calendar.
    #[error("not a date")]
    NotDate,
    /// Neither a day nor a moment with its offset.
    #[error("not a date and time")]
    NotDateTime,
    /// Not a time of day.
    #[error("not a time")]
    NotTime,
    /// None of the words this field knows.
    #[error("not one of the choices")]
    NotAChoice,
    /// Not a list of texts.
    #[error("not a list")]
    NotAList,
    /// Neither yes nor no.
    #[error("not true or false")]
    NotAFlag,
    /// Not the hash of an attachment.
    #[error("not the hash of an attachment")]
    NotAnAttachment,
    /// Not a telephone number.
    #[error("not a telephone number")]
    NotAPhone,
}

/// Checks all fields of a fact: those given have their declared shape, and none that is required is missing.
/// Kinds and fields that are not declared are accepted as they are.
///
/// # Errors
/// The first field that is wrong, in the order of the kind's declaration.
pub fn check(kind: &str, fields: &Fields) -> Result<(), FieldError> {
    for spec in declared(kind) {
        if spec.required && !fields.contains_key(spec.name) {
            return Err(refuse(kind, spec, Cause::Missing));
        }
    }
    check_some(kind, fields)
}

/// Checks only the fields that are given: a later statement about a fact sets some of them.
///
/// # Errors
/// The first field that is wrong, in the order of the kind's declaration.
pub fn check_some(kind: &str, fields: &Fields) -> Result<(), FieldError> {
    for spec in declared(kind) {
        if let Some(value) = fields.get(spec.name) {
            check_value(spec.form, value).map_err(|cause| refuse(kind, spec, cause))?;
        }
    }
    Ok(())
}

/// Checks a date as exact as it is known: of a document, a talk, an observation.
pub(crate) fn check_date(text: &str) -> Result<(), Cause> {
    fit(Form::PartialDate, text)
}

fn declared(kind: &str) -> &'static [FieldSpec] {
    find(kind).map_or(&[], |kind| kind.fields)
}

fn refuse(kind: &str, spec: &FieldSpec, cause: Cause) -> FieldError {
    FieldError {
        kind: kind.to_owned(),
        field: spec.name.to_owned(),
        cause,
    }
}

fn check_value(form: Form, value: &Value) -> Result<(), Cause> {
    match (form, value) {
        (Form::Flag, Value::Flag(_)) => Ok(()),
        (Form::Flag, _) => Err(Cause::NotAFlag),
        (Form::List, Value::List(items)) if items.is_empty() => Err(Cause::Empty),
        (Form::List, Value::List(items)) => items.iter().try_for_each(|item| fit(Form::Text, item)),
        (Form::List, _) => Err(Cause::NotAList),
        (form, Value::Text(text)) => fit(form, text),
        (_, Value::Flag(_) | Value::List(_)) => Err(Cause::NotText),
    }
}

fn fit(form: Form, text: &str) -> Result<(), Cause> {
    if text.trim().is_empty() {
        Err(Cause::Empty)
    } else if form::fits(form, text) {
        Ok(())
    } else {
        Err(misfit(form))
    }
}

const fn misfit(form: Form) -> Cause {
    match form {
        Form::Text | Form::LongText => Cause::NotText,
        Form::Decimal => Cause::NotDecimal,
        Form::Date | Form::PartialDate => Cause::NotDate,
        Form::DateTime => Cause::NotDateTime,
        Form::Time => Cause::NotTime,
        Form::Choice { .. } => Cause::NotAChoice,
        Form::List => Cause::NotAList,
        Form::Flag => Cause::NotAFlag,
        Form::Attachment => Cause::NotAnAttachment,
        Form::Phone => Cause::NotAPhone,
    }
}
