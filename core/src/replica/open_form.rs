//! The open form in and out: what a family keeps for itself, and what it brings along.

use super::{EditingError, Replica};
use crate::{
    compartment::Compartment,
    id::DeviceId,
    log::LogEntry,
    open_json::{OpenRecord, SayError, Signatures},
    statement::{Body, FactId, Statement, StatementId, UnixMillis, Value},
    view::{self, Author},
};
use rand_core::CryptoRng;
use std::collections::{BTreeMap, BTreeSet};

impl Replica {
    /// Says everything in a document anew, under this device's own signature.
    ///
    /// # Errors
    /// [`EditingError`] of the first part that was not taken; parts before it stay said.
    pub fn import(
        &mut self,
        record: &OpenRecord,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, SayError<EditingError>> {
        let mut entries = Vec::new();
        record.say(|compartment, statements| {
            let before: BTreeSet<StatementId> = self.ids(compartment).collect();
            entries.extend(self.say(BTreeMap::from([(compartment, statements)]), rng)?);
            // One writing session counts upwards, so the new names stand in the order in which they were given.
            let mut named: Vec<_> = self
                .ids(compartment)
                .filter(|id| !before.contains(id))
                .collect();
            named.sort_unstable();
            Ok(named)
        })?;
        Ok(entries)
    }

    /// Everything ever said in the compartments that this device can read, without who signed it.
    ///
    /// Left out is only who the keys of this record belong to: elsewhere there are other keys.
    pub fn export(&self) -> OpenRecord {
        let documents = self.portable_documents();
        OpenRecord::tell(&borrowed(&documents))
    }

    /// The same with who signed each statement, and whose confirmations stand. For reading: an import takes none of it over.
    pub fn export_signed(&self) -> OpenRecord {
        let authors = view::authors(&self.documents(), &self.authority());
        let confirmed = self.confirmations();
        let documents = self.portable_documents();
        OpenRecord::tell_signed(&borrowed(&documents), |compartment, statement| {
            let by = authors.get(&(compartment, *statement))?.clone();
            let confirmed = confirmed.get(statement).cloned().unwrap_or_default();
            Some(Signatures { by, confirmed })
        })
    }

    /// The confirmations that the view shows, by the statement they confirm.
    fn confirmations(&self) -> BTreeMap<StatementId, Vec<(Author, UnixMillis)>> {
        let fields = self.view.facts.iter().flat_map(|fact| fact.fields.values());
        let said = fields
            .flat_map(|field| &field.values)
            .flat_map(|value| &value.said);
        said.map(|said| (said.statement, said.confirmed_by.clone()))
            .collect()
    }

    fn portable_documents(&self) -> Vec<(Compartment, Vec<Statement>)> {
        let documents = self.documents().into_iter();
        documents
            .map(|(name, said)| (name, self.portable(said)))
            .collect()
    }

    /// How many statements there are in what feeds the first screen, `emergency` and `care`, and how many papers were
    /// recalled: of two cards of one child, the higher one knows more, and a card made after a recall is not recalled with it.
    pub fn generation(&self) -> u32 {
        let feeds = [Compartment::Emergency, Compartment::Care];
        let statements: usize = feeds
            .into_iter()
            .map(|compartment| self.ids(compartment).count())
            .sum();
        let recalled = super::showing::recalled(self.view()).count();
        u32::try_from(statements + recalled).unwrap_or(u32::MAX)
    }

    fn ids(&self, compartment: Compartment) -> impl Iterator<Item = StatementId> {
        self.document(compartment)
            .into_iter()
            .flat_map(|document| document.statements())
            .map(|said| said.id)
    }

    fn portable(&self, said: &[Statement]) -> Vec<Statement> {
        let about_keys: BTreeSet<&FactId> = said
            .iter()
            .filter(|s| s.kind == "member" && self.names_a_key(s))
            .map(|s| &s.fact)
            .collect();
        said.iter()
            .filter(|s| !about_keys.contains(&s.fact))
            .cloned()
            .collect()
    }

    fn names_a_key(&self, statement: &Statement) -> bool {
        let Body::Set { fields, .. } = &statement.body else {
            return false;
        };
        let Some(Value::Text(device)) = fields.get("device") else {
            return false;
        };
        let (Ok(device), Some(ledger)) = (device.parse::<DeviceId>(), &self.ledger) else {
            return false;
        };
        ledger.state().device(&device).is_some()
    }
}

fn borrowed(documents: &[(Compartment, Vec<Statement>)]) -> Vec<(Compartment, &[Statement])> {
    documents
        .iter()
        .map(|(name, said)| (*name, said.as_slice()))
        .collect()
}
