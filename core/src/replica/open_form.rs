//! The open form in and out: what a family keeps for itself, and what it brings along.

use super::{EditingError, Replica};
use crate::{
    compartment::Compartment,
    id::DeviceId,
    log::LogEntry,
    open_json::{OpenRecord, SayError},
    statement::{Body, FactId, Statement, StatementId, Value},
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
        let documents: Vec<(Compartment, Vec<Statement>)> = self
            .documents()
            .into_iter()
            .map(|(name, said)| (name, self.portable(said)))
            .collect();
        let documents: Vec<_> = documents
            .iter()
            .map(|(name, said)| (*name, said.as_slice()))
            .collect();
        OpenRecord::tell(&documents)
    }

    /// How many statements there are in what feeds the first screen, `emergency` and `care`: of two cards of one child, the
    /// higher one knows more.
    pub fn generation(&self) -> u32 {
        let feeds = [Compartment::Emergency, Compartment::Care];
        let statements: usize = feeds
            .into_iter()
            .map(|compartment| self.ids(compartment).count())
            .sum();
        u32::try_from(statements).unwrap_or(u32::MAX)
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
