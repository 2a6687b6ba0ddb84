//! When a consent to officers ends by its last day: new keys, and a word of it to everybody.

use super::{
    EditingError, GlassConsent, PeopleError, Replica,
    glass::{ENDED, KIND, OPENED, days},
};
use crate::{
    break_glass::open::day,
    compartment::Compartment,
    edit::Edit,
    id::MunicipalityId,
    ledger::operation::UntilDate,
    log::LogEntry,
    statement::{Fields, How, UnixMillis, Value},
};
use rand_core::CryptoRng;
use std::collections::BTreeMap;

impl Replica {
    /// New keys, if officers hold one of the newest under a consent whose last day is past: what is written from now on is not for them.
    /// The consent then says that this day is past, so that no device with a slower clock seals the new keys for them once more. A
    /// phone that cannot say so owes none.
    pub(super) fn rotate_after_consents_ended(
        &mut self,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        if !self.may_serve_officers() {
            return Ok(Vec::new());
        }
        let ended = self.ended_consents(day(now));
        let held = self.held_beyond(&ended);
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let mut entries = match self.say_past(&ended, now, rng) {
            Ok(entries) => entries,
            Err(EditingError::NoKey(_) | EditingError::KeyOwed(_) | EditingError::NoRight(_)) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        entries.extend(self.rotate(&held, now, rng)?);
        Ok(entries)
    }

    fn say_past(
        &mut self,
        ended: &[GlassConsent],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, EditingError> {
        let mut statements: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for edit in past(ended) {
            let (compartment, statement) = edit.into_statement(&self.view, now)?;
            statements.entry(compartment).or_default().push(statement);
        }
        self.say(statements, rng)
    }

    /// Consents to municipalities to which none stands, some because their last day is past.
    fn ended_consents(&self, today: UntilDate) -> Vec<GlassConsent> {
        let facts = self.view.of_kind(Compartment::Consents, KIND);
        let consents: Vec<_> = facts.filter_map(|fact| self.consent(fact, today)).collect();
        let stands = |town: MunicipalityId| {
            let mut of = consents.iter().filter(|it| it.municipality == town);
            of.any(|it| it.stands)
        };
        let is_past = |it: &&GlassConsent| it.until.is_some_and(|until| days(until) < today);
        let ended = consents.iter().filter(is_past);
        ended
            .filter(|it| !stands(it.municipality))
            .cloned()
            .collect()
    }

    /// Of which compartments these municipalities' officers hold one of the newest keys.
    fn held_beyond(&self, ended: &[GlassConsent]) -> Vec<Compartment> {
        let Some(ledger) = &self.ledger else {
            return Vec::new();
        };
        let packages = self.glass.packages.values().filter(|(_, list)| {
            let mut ended = ended.iter();
            ended.any(|consent| consent.municipality == list.municipality())
        });
        let held: Vec<_> = packages
            .flat_map(|(package, _)| package.header().epochs.iter())
            .collect();
        let is_held = |name: &Compartment| {
            let Some(tag) = self.keyring.tag(*name) else {
                return false;
            };
            let mut newest = ledger.state().newest_epochs(&tag);
            newest.any(|epoch| {
                let mut held = held.iter().filter(|(of, _)| *of == tag);
                held.any(|(_, ids)| ids.contains(&epoch))
            })
        };
        OPENED.into_iter().filter(is_held).collect()
    }
}

/// That these last days are past.
fn past(ended: &[GlassConsent]) -> Vec<Edit> {
    let said = ended.iter().filter_map(|consent| {
        let fields = Fields::from([(ENDED.to_owned(), Value::Text(consent.until?.to_string()))]);
        Some(Edit::Set {
            compartment: Compartment::Consents,
            fact: consent.fact.clone(),
            fields,
            clear: Vec::new(),
            how: How::default(),
        })
    });
    said.collect()
}
