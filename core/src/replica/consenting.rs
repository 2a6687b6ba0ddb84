//! Letting somebody in on paper's terms (同意書), and taking both back: the consent is written down before the grant that
//! names its hash, and marked as withdrawn with the grant.

use super::{Colleague, EditingError, Member, PeopleError, Replica, Terms};
use crate::{
    compartment::Compartment,
    consent,
    device::DevicePublic,
    edit::Edit,
    id::OperationId,
    ledger::{OrganisationKey, operation::Operation, rights::Right},
    log::LogEntry,
    statement::{Body, FactId, Fields, How, NewStatement, UnixMillis, Value},
    view::Presence,
};
use jiff::civil::Date;
use rand_core::CryptoRng;
use std::collections::BTreeMap;

/// What somebody is let in with: who they are, what they may do, on which terms, and what was agreed to.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// Who they are.
    pub member: Member,
    /// What they may do.
    pub rights: Vec<(Compartment, Right)>,
    /// Until when, and whether they may pass it on. A consent named here is replaced by the hash of the one below.
    pub terms: Terms,
    /// The fields of the consent, without salt.
    pub consent: Fields,
}

impl Replica {
    /// Lets a person in with a consent: says the consent, and grants with its salted hash.
    ///
    /// # Errors
    /// [`PeopleError`]. If the ledger does not take the grant, nothing was said.
    pub fn grant_with_consent(
        &mut self,
        device: &DevicePublic,
        agreed: &Agreed,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let fields = consent::salted(agreed.consent.clone(), rng);
        let terms = Terms {
            consent: Some(consent::hash(&self.record, &fields)),
            ..agreed.terms
        };
        let mut entries = self.complete(now, rng)?;
        let grant = self.draft_grant(device, &agreed.rights, terms)?;
        self.sign(&Operation::Grant(grant), now)?;
        entries.extend(self.say_consent(fields, now, rng)?);
        entries.extend(self.grant_on(terms, device, &agreed.member, &agreed.rights, now, rng)?);
        Ok(entries)
    }

    /// Lets an organisation in with a consent, as [`Replica::grant_organisation`] does without.
    ///
    /// # Errors
    /// [`PeopleError`]. If the ledger does not take the grant, nothing was said.
    pub fn grant_organisation_with_consent(
        &mut self,
        organisation: OrganisationKey,
        met: &[Colleague],
        agreed: &Agreed,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let fields = consent::salted(agreed.consent.clone(), rng);
        let terms = Terms {
            consent: Some(consent::hash(&self.record, &fields)),
            ..agreed.terms
        };
        let mut entries = self.complete(now, rng)?;
        let grant = self.draft_organisation(organisation, met, &agreed.rights, terms)?;
        self.sign(&Operation::Grant(grant), now)?;
        entries.extend(self.say_consent(fields, now, rng)?);
        let rights = &agreed.rights;
        entries.extend(self.grant_organisation(terms, organisation, met, rights, now, rng)?);
        Ok(entries)
    }

    /// Takes a grant back, and writes into its consent that it was withdrawn on this day, where this device may. Whoever cannot write
    /// consents takes back all the same.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn withdraw(
        &mut self,
        grant: &OperationId,
        today: Date,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let consent = self.consent_of(grant);
        let mut entries = self.revoke(grant, now, rng)?;
        if let Some(fact) = consent {
            let written = self.write_withdrawn(fact, today, now, rng);
            entries.extend(written.unwrap_or_default());
        }
        Ok(entries)
    }

    fn write_withdrawn(
        &mut self,
        fact: FactId,
        today: Date,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, EditingError> {
        let (compartment, statement) = withdrawn(fact, today).into_statement(&self.view, now)?;
        self.say(BTreeMap::from([(compartment, vec![statement])]), rng)
    }

    fn say_consent(
        &mut self,
        fields: Fields,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, EditingError> {
        let statement = NewStatement {
            fact: None,
            kind: consent::KIND.to_owned(),
            body: Body::Set {
                fields,
                supersedes: BTreeMap::new(),
                again: Vec::new(),
            },
            how: How::default(),
            said_at: now,
        };
        self.say(
            BTreeMap::from([(Compartment::Consents, vec![statement])]),
            rng,
        )
    }

    /// The consent that a grant in force names, if it can be read here and stands.
    fn consent_of(&self, grant: &OperationId) -> Option<FactId> {
        let state = self.ledger.as_ref()?.state();
        let organisations = state.organisations().map(|(_, grants)| grants);
        let granted = state
            .members()
            .map(|(_, grants)| grants)
            .chain(organisations)
            .find_map(|grants| grants.get(grant))?;
        let statements = self.document(Compartment::Consents)?.statements();
        let consents = consent::by_hash(&self.record, statements);
        let statement = consents.get(&granted.consent?)?;
        self.view()
            .facts
            .iter()
            .any(|fact| fact.id == statement.fact && fact.presence == Presence::Present)
            .then(|| statement.fact.clone())
    }
}

fn withdrawn(fact: FactId, today: Date) -> Edit {
    Edit::Set {
        compartment: Compartment::Consents,
        fact,
        fields: Fields::from([(
            consent::WITHDRAWN_ON.to_owned(),
            Value::Text(today.to_string()),
        )]),
        clear: Vec::new(),
        how: How::default(),
    }
}
