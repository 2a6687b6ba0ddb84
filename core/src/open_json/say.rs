//! Importing: everything in a document is said anew, by whoever imports it.

use super::{OpenFact, OpenRecord, OpenStatement, What};
use crate::{
    compartment::Compartment,
    statement::{Body, FactId, NewStatement, StatementId},
};

/// Why a document could not be said anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SayError<E> {
    /// The record took them not.
    #[error(transparent)]
    Refused(E),
    /// The record answered with another number of names than it was given statements.
    #[error("{given} statements were given and {named} named")]
    Miscounted {
        /// Statements given.
        given: usize,
        /// Names answered.
        named: usize,
    },
}

impl OpenRecord {
    /// Says everything in this document, in waves: the first statements of all facts, then the second ones, and so on,
    /// because a statement can only refer to what already has a name. `append` appends statements to one compartment and
    /// answers their names in the same order.
    ///
    /// # Errors
    /// The first refusal of `append`. What it took before stays said.
    pub fn say<E>(
        &self,
        mut append: impl FnMut(Compartment, Vec<NewStatement>) -> Result<Vec<StatementId>, E>,
    ) -> Result<(), SayError<E>> {
        let mut names: Vec<Vec<StatementId>> = vec![Vec::new(); self.facts.len()];
        let waves = self.facts.iter().map(|fact| fact.statements.len()).max();
        for wave in 0..waves.unwrap_or(0) {
            for compartment in Compartment::ALL {
                let (indices, batch) = self.batch(compartment, wave, &names);
                if batch.is_empty() {
                    continue;
                }
                let given = batch.len();
                let named = append(compartment, batch).map_err(SayError::Refused)?;
                if named.len() != given {
                    let named = named.len();
                    return Err(SayError::Miscounted { given, named });
                }
                for (index, name) in indices.into_iter().zip(named) {
                    names
                        .get_mut(index)
                        .into_iter()
                        .for_each(|of| of.push(name));
                }
            }
        }
        Ok(())
    }

    /// The statements of one wave in one compartment, and which facts they are about.
    fn batch(
        &self,
        compartment: Compartment,
        wave: usize,
        names: &[Vec<StatementId>],
    ) -> (Vec<usize>, Vec<NewStatement>) {
        let facts = self.facts.iter().zip(names).enumerate();
        facts
            .filter(|(_, (fact, _))| fact.compartment == compartment)
            .filter_map(|(index, (fact, names))| {
                let statement = fact.statements.get(wave)?;
                Some((index, statement.anew(fact, names)))
            })
            .unzip()
    }
}

impl OpenStatement {
    /// This statement about a fact whose earlier statements have these names.
    fn anew(&self, fact: &OpenFact, names: &[StatementId]) -> NewStatement {
        // Parsing has made sure that references point to earlier statements, which all have names by now.
        let name = |positions: &[usize]| {
            let name = |position: &usize| names.get(*position).copied();
            positions.iter().filter_map(name).collect::<Vec<_>>()
        };
        let body = match &self.what {
            What::Set {
                fields,
                supersedes,
                again,
            } => Body::Set {
                fields: fields.clone(),
                supersedes: supersedes
                    .iter()
                    .map(|(field, positions)| (field.clone(), name(positions)))
                    .collect(),
                again: name(again),
            },
            What::Retract { reason, covers } => Body::Retract {
                reason: reason.clone(),
                covers: name(covers),
            },
        };
        let said = || names.first().copied().map(FactId::Said);
        NewStatement {
            fact: if fact.is_only() {
                Some(FactId::Only(fact.kind.clone()))
            } else {
                said()
            },
            kind: fact.kind.clone(),
            body,
            how: self.how.clone(),
            said_at: self.said_at,
        }
    }
}
