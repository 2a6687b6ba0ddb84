//! Exporting: from what is stored back to the open form, with or without who signed it.

use super::{Confirmed, OpenFact, OpenRecord, OpenStatement, Signed, Signer, What, moment};
use crate::{
    compartment::Compartment,
    kind,
    statement::{Body, FactId, Statement, StatementId},
    time::UnixMillis,
    view::Author,
};
use std::collections::BTreeMap;

/// Who signed a statement, and whose confirmations of it count: with whom, and when.
pub struct Signatures {
    /// Who said it.
    pub by: Author,
    /// Who confirmed exactly it.
    pub confirmed: Vec<(Author, UnixMillis)>,
}

type SignaturesOf<'a> = &'a dyn Fn(Compartment, &StatementId) -> Option<Signatures>;

impl OpenRecord {
    /// Everything that was ever said in these compartments, without who signed it.
    pub fn tell(documents: &[(Compartment, &[Statement])]) -> Self {
        Self::gather(documents, &|_, _| None)
    }

    /// Everything that was ever said in these compartments, and who signed and confirmed it.
    pub fn tell_signed(
        documents: &[(Compartment, &[Statement])],
        signatures: impl Fn(Compartment, &StatementId) -> Option<Signatures>,
    ) -> Self {
        Self::gather(documents, &signatures)
    }

    fn gather(documents: &[(Compartment, &[Statement])], signatures: SignaturesOf<'_>) -> Self {
        let facts = documents
            .iter()
            .flat_map(|(compartment, statements)| facts_of(*compartment, statements, signatures));
        Self::new(facts.collect())
    }
}

/// The facts of one compartment in the order in which they were first said.
fn facts_of(
    compartment: Compartment,
    statements: &[Statement],
    signatures: SignaturesOf<'_>,
) -> Vec<OpenFact> {
    let mut by_fact: BTreeMap<&FactId, Vec<&Statement>> = BTreeMap::new();
    for statement in statements {
        by_fact.entry(&statement.fact).or_default().push(statement);
    }
    let mut facts: Vec<_> = by_fact
        .into_values()
        .filter_map(|said| fact(compartment, said, signatures))
        .collect();
    facts.sort_by_key(|(first, _)| *first);
    facts.into_iter().map(|(_, fact)| fact).collect()
}

fn fact(
    compartment: Compartment,
    mut said: Vec<&Statement>,
    signatures: SignaturesOf<'_>,
) -> Option<(StatementId, OpenFact)> {
    // The counter grows with everything its author had seen, so nothing stands before what it refers to.
    said.sort_by_key(|statement| statement.id);
    said.retain(|statement| !matches!(statement.body, Body::Confirm { .. }));
    let first = said.first()?;
    let positions: BTreeMap<_, _> = said.iter().enumerate().map(|(i, s)| (s.id, i)).collect();
    let statements = said.iter().filter_map(|statement| {
        Some(OpenStatement {
            what: what(&statement.body, &positions)?,
            how: statement.how.clone(),
            said_at: statement.said_at,
            signed: signatures(compartment, &statement.id).map(|by| signed(statement.id, by)),
        })
    });
    let is_only = matches!(first.fact, FactId::Only(_));
    let declared = kind::find(&first.kind).is_some_and(|kind| kind.only);
    let fact = OpenFact {
        compartment,
        kind: first.kind.clone(),
        only: (is_only != declared).then_some(is_only),
        statements: statements.collect(),
    };
    Some((first.id, fact))
}

fn what(body: &Body, positions: &BTreeMap<StatementId, usize>) -> Option<What> {
    let place = |names: &[StatementId]| {
        let place = |name: &StatementId| positions.get(name).copied();
        names.iter().filter_map(place).collect::<Vec<_>>()
    };
    match body {
        Body::Set {
            fields,
            supersedes,
            again,
        } => Some(What::Set {
            fields: fields.clone(),
            supersedes: supersedes
                .iter()
                .map(|(field, names)| (field.clone(), place(names)))
                .collect(),
            again: place(again),
        }),
        Body::Retract { reason, covers } => Some(What::Retract {
            reason: reason.clone(),
            covers: place(covers),
        }),
        // A confirmation is a signature: it is told with who signed, and never said anew by an importer.
        Body::Confirm { .. } => None,
    }
}

fn signed(statement: StatementId, signatures: Signatures) -> Signed {
    let confirmed = signatures.confirmed.into_iter().map(|(by, at)| Confirmed {
        by: signer(by),
        at: moment::write(at),
    });
    Signed {
        statement,
        confirmed: confirmed.collect(),
        by: signer(signatures.by),
    }
}

fn signer(author: Author) -> Signer {
    let role = serde_json::to_value(author.role);
    Signer {
        device: author.device.to_string(),
        name: author.name,
        role: role
            .ok()
            .and_then(|role| role.as_str().map(str::to_owned))
            .unwrap_or_default(),
    }
}
