//! From a fact to the wordings of one line: every value that stands is shown, none is invented.

use super::{
    first::{Alternative, Line},
    source::{Source, Standing},
};
use crate::{
    statement::{How, StatementId, Value},
    time::UnixMillis,
    view::{FactView, FieldView, Presence, Said},
};
use jiff::tz::Offset;

/// What stands between values of which only one can be right.
pub(crate) const OR: &str = " ／ ";

/// A fact, read as one statement of a contradiction has it.
pub(crate) struct Reading<'a> {
    fact: &'a FactView,
    focus: Option<StatementId>,
}

impl<'a> Reading<'a> {
    /// A fact with every value that stands.
    pub(crate) fn all(fact: &'a FactView) -> Self {
        Self { fact, focus: None }
    }

    /// The field's value. Where people disagree: the value of the statement in focus, else all of them.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        let field = self.fact.fields.get(field)?;
        let focused = self.focus.and_then(|focus| {
            field
                .values
                .iter()
                .find(|value| value.said.iter().any(|said| said.statement == focus))
        });
        let texts: Vec<_> = match focused {
            Some(value) => vec![written(&value.value)],
            None => field
                .values
                .iter()
                .map(|value| written(&value.value))
                .collect(),
        };
        Some(texts.join(OR)).filter(|text| !text.is_empty())
    }

    /// Text and what belongs behind it in brackets.
    pub(crate) fn with_note(&self, text: &str, notes: &[&str]) -> String {
        let notes: Vec<_> = notes.iter().filter_map(|note| self.text(note)).collect();
        let text = self.text(text).unwrap_or_default();
        if notes.is_empty() {
            text
        } else {
            format!("{text}（{}）", notes.join(" "))
        }
    }

    /// The fields that are there, with spaces between.
    pub(crate) fn spaced(&self, fields: &[&str]) -> String {
        fields
            .iter()
            .filter_map(|field| self.text(field))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// A line about a fact: a heading, and a text that `compose` makes of the other fields.
///
/// Where people disagree about the heading itself, it stands in each wording instead.
pub(crate) fn headed(
    fact: &FactView,
    head: &str,
    fields: &[&str],
    zone: Offset,
    compose: impl Fn(&Reading) -> String,
) -> Line {
    if fact
        .fields
        .get(head)
        .is_some_and(FieldView::is_contradicted)
    {
        let all: Vec<_> = std::iter::once(head)
            .chain(fields.iter().copied())
            .collect();
        return plain(fact, &all, zone, |r| {
            format!("{} {}", r.text(head).unwrap_or_default(), compose(r))
                .trim()
                .to_owned()
        });
    }
    let head = Reading::all(fact).text(head).unwrap_or_default();
    Line {
        head,
        ..plain(fact, fields, zone, compose)
    }
}

/// A line about a fact, without a heading.
pub(crate) fn plain(
    fact: &FactView,
    fields: &[&str],
    zone: Offset,
    compose: impl Fn(&Reading) -> String,
) -> Line {
    let mut says: Vec<Alternative> = Vec::new();
    for (focus, said) in focuses(fact, fields) {
        let text = compose(&Reading { fact, focus });
        if !says.iter().any(|other| other.text == text) {
            says.push(Alternative {
                text,
                source: source(said, zone),
            });
        }
    }
    Line {
        says,
        retracted: retracted(fact, zone),
        ..Line::default()
    }
}

/// Which statements to read a fact by: one if nobody disagrees, else one for each value in dispute.
fn focuses<'a>(fact: &'a FactView, fields: &[&str]) -> Vec<(Option<StatementId>, &'a Said)> {
    let used = || fields.iter().filter_map(|field| fact.fields.get(*field));
    let disputed: Vec<_> = used()
        .filter(|field| field.is_contradicted())
        .flat_map(|field| &field.values)
        .filter_map(|value| best(&value.said))
        .collect();
    if !disputed.is_empty() {
        let mut focuses: Vec<(Option<StatementId>, &Said)> = Vec::new();
        for said in disputed {
            if focuses
                .iter()
                .all(|(focus, _)| *focus != Some(said.statement))
            {
                focuses.push((Some(said.statement), said));
            }
        }
        return focuses;
    }
    // A line is as good as its weakest part, and as old as that.
    let parts = used()
        .flat_map(|field| &field.values)
        .filter_map(|value| best(&value.said));
    let weakest = parts.max_by_key(|said| (weakness(said.standing), said.at, said.statement));
    weakest.map(|said| (None, said)).into_iter().collect()
}

/// Of those who say the same: a professional's confirmation first, then who said it last.
pub(crate) fn best(said: &[Said]) -> Option<&Said> {
    said.iter().min_by_key(|said| {
        (
            weakness(said.standing),
            std::cmp::Reverse((said.at, said.statement)),
        )
    })
}

const fn weakness(standing: Standing) -> u8 {
    match standing {
        Standing::Confirmed => 0,
        Standing::Transcribed => 1,
        Standing::Plain => 2,
    }
}

/// The retractions that contest a fact, as wordings.
pub(crate) fn retracted(fact: &FactView, zone: Offset) -> Vec<Alternative> {
    match &fact.presence {
        Presence::Present => Vec::new(),
        Presence::Retracted(retractions) | Presence::Contested(retractions) => retractions
            .iter()
            .map(|retraction| Alternative {
                text: retraction.reason.clone(),
                source: source(&retraction.said, zone),
            })
            .collect(),
    }
}

/// Who, when, how they know.
pub(crate) fn source(said: &Said, zone: Offset) -> Source {
    let How {
        by, document, date, ..
    } = said.how.clone();
    Source {
        by: said.author.name.clone(),
        role: said.author.role,
        on: local_date(said.at, zone),
        standing: said.standing,
        confirmed_by: said
            .confirmed_by
            .first()
            .map(|(author, _)| author.name.clone()),
        told_by: by,
        document,
        known_on: date,
    }
}

/// `YYYY-MM-DD` where the reader is.
pub(crate) fn local_date(at: UnixMillis, zone: Offset) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|t| zone.to_datetime(t).date().to_string())
        .unwrap_or_default()
}

/// A value as people read it.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Flag(true) => "○".to_owned(),
        Value::Flag(false) => "×".to_owned(),
        Value::List(items) => items.join("、"),
    }
}
