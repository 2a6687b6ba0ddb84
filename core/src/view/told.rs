//! The history of a fact: every statement ever said about it, what stands and what does not.

use super::{
    facts::{Counted, Counting, Standings},
    members::Members,
};
use crate::{
    compartment::Compartment,
    statement::{Body, FactId, Statement, StatementId},
    view::{Author, Authority},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// One statement of a fact's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What was said.
    pub statement: Statement,
    /// By whom. `None`: nobody vouches for its author, or they may not write here; then it does not count.
    pub author: Option<Author>,
    /// Per field, the statements that replaced its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub superseded_by: BTreeMap<String, Vec<StatementId>>,
    /// The retractions that cover it, or for a retraction: the statements that say otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered_by: Vec<StatementId>,
}

/// Who said each statement that counts. Names may be said in any of these documents.
pub fn authors(
    documents: &[(Compartment, &[Statement])],
    authority: &impl Authority,
) -> HashMap<(Compartment, StatementId), Author> {
    let count = |(place, statements): &(Compartment, &[Statement])| {
        let counting = Counting::new(*place, statements, authority);
        let devices: Vec<_> = counting
            .by_id
            .iter()
            .map(|(id, said)| (*id, said.device))
            .collect();
        (*place, devices)
    };
    let members = members(documents, authority);
    let named = documents.iter().map(count).flat_map(|(place, devices)| {
        let members = &members;
        let name = move |(id, device)| ((place, id), members.author(place, device));
        devices.into_iter().map(name).collect::<Vec<_>>()
    });
    named.collect()
}

fn members(documents: &[(Compartment, &[Statement])], authority: &impl Authority) -> Members {
    let counting = documents.iter().map(|(place, statements)| {
        let counting = Counting::new(*place, statements, authority);
        (*place, counting)
    });
    Members::of(&counting.collect::<Vec<_>>(), authority)
}

/// Every statement ever said about a fact, confirmations of its statements included, ascending by id.
/// `documents` are those of the view: names may be said in any of them.
pub fn history(
    documents: &[(Compartment, &[Statement])],
    authority: &impl Authority,
    compartment: Compartment,
    fact: &FactId,
) -> Vec<Told> {
    let members = members(documents, authority);
    let statements = documents
        .iter()
        .filter(|(place, _)| *place == compartment)
        .flat_map(|(_, statements)| *statements);
    let about: Vec<&Statement> = statements
        .filter(|statement| statement.fact == *fact)
        .collect();
    let counting = documents
        .iter()
        .find(|(place, _)| *place == compartment)
        .map(|(_, statements)| Counting::new(compartment, statements, authority));
    let counted: HashMap<StatementId, Counted<'_>> =
        counting.map(|counting| counting.by_id).unwrap_or_default();
    let said: Vec<Counted<'_>> = about
        .iter()
        .filter_map(|statement| counted.get(&statement.id))
        .copied()
        .collect();
    let standings = Standings::new(&said);
    let author = |statement: &Statement| {
        Some(members.author(compartment, counted.get(&statement.id)?.device))
    };
    about
        .into_iter()
        .map(|statement| told(statement, author(statement), &standings))
        .collect()
}

fn told(statement: &Statement, author: Option<Author>, standings: &Standings<'_>) -> Told {
    let superseded_by = match &statement.body {
        Body::Set { fields, .. } => fields
            .keys()
            .filter_map(|field| {
                Some((
                    field.clone(),
                    standings.superseded.get(&(statement.id, field))?.clone(),
                ))
            })
            .collect(),
        Body::Retract { .. } | Body::Confirm { .. } => BTreeMap::new(),
    };
    let answered_by = [&standings.covered, &standings.answered]
        .into_iter()
        .filter_map(|answers| answers.get(&statement.id))
        .flatten()
        .copied()
        .collect();
    Told {
        statement: statement.clone(),
        author,
        superseded_by,
        answered_by,
    }
}
