//! What a guardian says when she answers for quarantined chunks.
//!
//! Each statement is said as it was, about the same fact and in place of the same values. Where its author corrected or took
//! back their own words, and she answers for both, only the outcome is said: in place of all that the steps replaced.

use super::{Open, Quarantined, Replica, quarantine::beyond, verdicts::Verdicts};
use crate::{
    compartment::Compartment,
    id::DeviceId,
    ledger::rights::Right,
    statement::{Body, Fields, How, NewStatement, Statement, StatementId, UnixMillis, Way},
};
use std::collections::{BTreeMap, BTreeSet};

impl Replica {
    /// What these chunks say, as this device says it.
    pub(super) fn said_again(
        &self,
        chosen: &[Quarantined],
        now: UnixMillis,
    ) -> BTreeMap<Compartment, Vec<NewStatement>> {
        let verdicts = Verdicts::new(self);
        let mut said = BTreeMap::new();
        for (compartment, open) in &self.compartments {
            let here = chosen.iter().filter(|of| of.compartment == *compartment);
            let chosen: BTreeMap<StatementId, &str> = here
                .flat_map(|of| of.statements.iter().map(move |s| (s.id, of.name.as_str())))
                .collect();
            if !chosen.is_empty() {
                let lost = Lost::of(&verdicts, *compartment, open);
                let ids: BTreeSet<StatementId> = chosen.keys().copied().collect();
                let again = chosen.into_iter().filter_map(|(id, name)| {
                    let words = lost.words.get(&id)?;
                    let body = lost.outcome(words, &ids)?;
                    let shown = || self.view.find(*compartment, &words.said.fact).is_some();
                    // Nobody needs to be told that something does not hold which nobody sees.
                    if lost.only_takes_back_lost(&body) && !shown() {
                        return None;
                    }
                    Some(again(words.said, body, name, now))
                });
                said.insert(*compartment, again.collect());
            }
        }
        said
    }
}

/// What does not count in a compartment.
struct Lost<'a> {
    words: BTreeMap<StatementId, Words<'a>>,
}

struct Words<'a> {
    said: &'a Statement,
    author: DeviceId,
    /// Could they replace what others said?
    writes: bool,
}

impl<'a> Lost<'a> {
    fn of(verdicts: &'a Verdicts<'_>, compartment: Compartment, open: &'a Open) -> Self {
        let words = beyond(verdicts, compartment, open).map(|(author, said)| {
            let change = open.document.said_in(&said.id).map(|(change, _)| change);
            let had = change
                .and_then(|change| verdicts.had(open, &change))
                .flatten();
            let writes = had >= Some(Right::Write);
            let words = Words {
                said,
                author,
                writes,
            };
            (said.id, words)
        });
        Self {
            words: words.collect(),
        }
    }

    /// What is left to say of a statement when these are answered for together.
    fn outcome(&self, words: &Words<'_>, chosen: &BTreeSet<StatementId>) -> Option<Body> {
        match &words.said.body {
            Body::Confirm { .. } => None,
            Body::Retract { reason, covers } => {
                (!self.is_answered(words, chosen)).then(|| Body::Retract {
                    reason: reason.clone(),
                    covers: self.all_replaced(words, covers, None),
                })
            }
            Body::Set {
                fields,
                supersedes,
                again,
            } => {
                let stands = |field: &String| !self.is_replaced(words, field, chosen);
                let left: Fields = fields
                    .iter()
                    .filter(|(field, _)| stands(field))
                    .map(|(field, value)| (field.clone(), value.clone()))
                    .collect();
                let says = |field: &String| left.contains_key(field) || !fields.contains_key(field);
                let supersedes: BTreeMap<_, _> = supersedes
                    .iter()
                    .filter(|(field, _)| says(field))
                    .map(|(field, seen)| {
                        (field.clone(), self.all_replaced(words, seen, Some(field)))
                    })
                    .collect();
                let mut again = again.clone();
                again.retain(|retraction| !chosen.contains(retraction));
                let says_something =
                    !(left.is_empty() && supersedes.is_empty() && again.is_empty());
                says_something.then_some(Body::Set {
                    fields: left,
                    supersedes,
                    again,
                })
            }
        }
    }

    fn only_takes_back_lost(&self, body: &Body) -> bool {
        let is_lost = |id: &StatementId| self.words.contains_key(id);
        matches!(body, Body::Retract { covers, .. } if covers.iter().all(is_lost))
    }

    fn chosen<'b>(
        &'b self,
        chosen: &'b BTreeSet<StatementId>,
    ) -> impl Iterator<Item = &'b Words<'a>> {
        chosen.iter().filter_map(|id| self.words.get(id))
    }

    /// Did somebody say again what this takes back, who is answered for as well?
    fn is_answered(&self, retraction: &Words<'_>, chosen: &BTreeSet<StatementId>) -> bool {
        self.chosen(chosen).any(|other| {
            let says_again = matches!(&other.said.body, Body::Set { again, .. }
                if again.contains(&retraction.said.id));
            says_again && other.may_answer(retraction)
        })
    }

    /// Did somebody replace or take back this value, who is answered for as well?
    fn is_replaced(&self, words: &Words<'_>, field: &str, chosen: &BTreeSet<StatementId>) -> bool {
        let id = words.said.id;
        self.chosen(chosen).any(|other| {
            let replaces = match &other.said.body {
                Body::Set { supersedes, .. } => {
                    supersedes.get(field).is_some_and(|seen| seen.contains(&id))
                }
                Body::Retract { covers, .. } => {
                    covers.contains(&id) && !self.is_answered(other, chosen)
                }
                Body::Confirm { .. } => false,
            };
            replaces && other.said.id != id && other.may_answer(words)
        })
    }

    /// What somebody saw, and what the quarantined among it had replaced; of one field, or of all.
    fn all_replaced(
        &self,
        words: &Words<'_>,
        seen: &[StatementId],
        field: Option<&str>,
    ) -> Vec<StatementId> {
        let mut all: BTreeSet<StatementId> = BTreeSet::new();
        let mut next: Vec<StatementId> = seen.to_vec();
        while let Some(id) = next.pop() {
            if !all.insert(id) {
                continue;
            }
            let Some(lost) = self.words.get(&id).filter(|lost| words.may_answer(lost)) else {
                continue;
            };
            if let Body::Set { supersedes, .. } = &lost.said.body {
                let of_field =
                    |(name, _): &(&String, _)| field.is_none_or(|field| field == name.as_str());
                let before = supersedes.iter().filter(of_field);
                next.extend(before.flat_map(|(_, seen)| seen));
            }
        }
        all.into_iter().collect()
    }
}

impl Words<'_> {
    fn may_answer(&self, other: &Words<'_>) -> bool {
        self.writes || self.author == other.author
    }
}

/// The statement as the guardian says it: about the same fact, known from whoever said it first.
fn again(old: &Statement, body: Body, name: &str, now: UnixMillis) -> NewStatement {
    let how = match old.how.way {
        Way::Observed => How {
            way: Way::Told,
            by: (!name.is_empty()).then(|| name.to_owned()),
            ..How::default()
        },
        Way::Told | Way::Transcribed => old.how.clone(),
    };
    NewStatement {
        fact: Some(old.fact.clone()),
        kind: old.kind.clone(),
        body,
        how,
        said_at: now,
    }
}
