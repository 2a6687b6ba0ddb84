//! Break-glass on the family's side, and what officers read with: consents, packages that are owed, openings.

use super::{EditingError, PeopleError, Replica};
use crate::{
    break_glass::{OfficersList, Opening, PackageHeader, municipality::fingerprint, open::day},
    compartment::Compartment,
    edit::Edit,
    id::{DeviceId, MunicipalityId, OpeningId, PackageId},
    ledger::{operation::UntilDate, rights::Right},
    log::{LogEntry, ParsedEntry},
    sealed::Authentic,
    statement::{FactId, Fields, How, UnixMillis, Value},
    view::{FactView, Presence},
};
use jiff::civil::{Date, date};
use rand_core::CryptoRng;
use std::collections::{BTreeMap, BTreeSet};

/// What officers can open, and nothing else.
pub(super) const OPENED: [Compartment; 2] = [Compartment::Emergency, Compartment::Evacuation];
pub(super) const KIND: &str = "break-glass";
/// The hash of the list that was agreed to, as hex: nobody else's package can put another in its place. No reader needs to see it.
const LIST: &str = "list";
/// The last day that a manager's device found past, as it stood in `until`: from then on it is past for every device, whatever its clock
/// says. A consent with another last day goes on.
pub(super) const ENDED: &str = "ended";

/// Packages and openings that were believed.
#[derive(Debug, Default)]
pub(super) struct Glass {
    pub(super) packages: BTreeMap<PackageId, (Authentic<PackageHeader>, OfficersList)>,
    pub(super) openings: BTreeMap<OpeningId, Opening>,
}

/// A family's consent to a municipality.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GlassConsent {
    /// The fact that says so.
    pub fact: FactId,
    /// Whose officers.
    pub municipality: MunicipalityId,
    /// As the municipality calls itself.
    pub name: String,
    /// What people compare.
    pub fingerprint: String,
    /// Who can open: name and office.
    pub officers: Vec<(String, String)>,
    /// Which of the municipality's lists.
    pub generation: u64,
    /// Last day.
    pub until: Option<Date>,
    /// Does it stand, on the day that was asked about?
    pub stands: bool,
    /// Is there a package with the newest keys? If not, a manager's device owes one.
    pub ready: bool,
}

/// What two officers did, for the family.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GlassOpening {
    /// Which opening.
    pub id: OpeningId,
    /// Whose officers.
    pub municipality: MunicipalityId,
    /// As the municipality calls itself.
    pub name: String,
    /// Who asked, and who opened: name and office.
    pub officers: Vec<(String, String)>,
    /// Why. `None`: this device cannot read the reason.
    pub reason: Option<String>,
    /// Since when, by the first officer's clock.
    pub from: UnixMillis,
    /// Until when.
    pub until: UnixMillis,
}

/// An officer whom somebody of the family agreed to once: so a relay's list of who fetched what can name them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct GlassOfficer {
    /// Their key.
    pub id: DeviceId,
    /// As called.
    pub name: String,
    /// What they are there.
    pub office: String,
    /// Of which municipality.
    pub town: String,
}

/// Why a consent was not written down or taken back.
#[derive(Debug, thiserror::Error)]
pub enum GlassError {
    /// Keys or ledger.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The consent could not be said.
    #[error(transparent)]
    Editing(#[from] EditingError),
    /// There is no such consent.
    #[error("there is no consent to that municipality")]
    NoConsent,
    /// An older list than the one that is known, or of another municipality.
    #[error("a newer list of that municipality is known")]
    OldList,
    /// It takes somebody who manages the emergency and evacuation pages.
    #[error("this device does not manage the emergency and evacuation pages")]
    NotManager,
}

impl Replica {
    /// Agrees that two officers of this list may open the emergency and evacuation pages together, and seals the keys for them.
    ///
    /// # Errors
    /// [`GlassError`].
    pub fn consent_to(
        &mut self,
        list: &OfficersList,
        until: Option<Date>,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, GlassError> {
        self.check_list(list)?;
        self.check_manages()?;
        let known = self
            .consents_to(&list.municipality())
            .find(|fact| fact.presence == Presence::Present)
            .map(|fact| fact.id.clone());
        let edit = match known {
            Some(fact) => Edit::Set {
                compartment: Compartment::Consents,
                fact,
                fields: fields(list, until, now),
                clear: if until.is_none() {
                    vec!["until".to_owned(), ENDED.to_owned()]
                } else {
                    vec![ENDED.to_owned()]
                },
                how: How::default(),
            },
            None => Edit::Add {
                compartment: Compartment::Consents,
                kind: KIND.to_owned(),
                fields: fields(list, until, now),
                how: How::default(),
            },
        };
        let mut entries = self.edit(&[edit], now, rng)?;
        entries.push(self.seal_for(list, until, rng)?);
        Ok(entries)
    }

    /// Takes a consent back. New keys make every package of before stale; what was sealed under the old ones stays open to two
    /// officers who kept both.
    ///
    /// # Errors
    /// [`GlassError`].
    pub fn withdraw_from(
        &mut self,
        municipality: &MunicipalityId,
        reason: &str,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, GlassError> {
        self.check_manages()?;
        // Two guardians who agreed while apart said it twice: taking back means all of it.
        let said = self.consents_to(municipality);
        let edits: Vec<_> = said
            .map(|fact| Edit::Retract {
                compartment: Compartment::Consents,
                fact: fact.id.clone(),
                reason: reason.to_owned(),
                how: How::default(),
            })
            .collect();
        if edits.is_empty() {
            return Err(GlassError::NoConsent);
        }
        let mut entries = self.edit(&edits, now, rng)?;
        entries.extend(self.rotate(&OPENED, now, rng)?);
        entries.extend(self.renew_packages(now, rng)?);
        Ok(entries)
    }

    /// Every consent to a municipality that was ever given, those taken back included.
    pub fn glass_consents(&self, now: UnixMillis) -> Vec<GlassConsent> {
        let facts = self.view.of_kind(Compartment::Consents, KIND);
        facts
            .filter_map(|fact| self.consent(fact, day(now)))
            .collect()
    }

    /// Everybody who stands on a list that the family agreed to, now or before.
    pub fn glass_officers(&self) -> Vec<GlassOfficer> {
        let lists = self.glass.packages.values().map(|(_, list)| list);
        let officers = lists.flat_map(|list| {
            list.officers().iter().map(|officer| GlassOfficer {
                id: officer.keys.id(),
                name: officer.name.clone(),
                office: officer.office.clone(),
                town: list.name().to_owned(),
            })
        });
        officers.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What officers opened, oldest first.
    pub fn glass_openings(&self) -> Vec<GlassOpening> {
        let mut openings: Vec<_> = self.glass.openings.values().collect();
        openings.sort_by_key(|opening| (opening.from(), opening.id()));
        openings
            .into_iter()
            .map(|opening| GlassOpening {
                id: opening.id(),
                municipality: opening.municipality(),
                name: opening.list().name().to_owned(),
                officers: named(opening.officers()),
                reason: self
                    .keyring
                    .key(&opening.epoch())
                    .and_then(|key| opening.reason(key)),
                from: opening.from(),
                until: opening.until(),
            })
            .collect()
    }

    /// What officers of a municipality may hold beforehand: the ledger, the newest package, and the two compartments as sealed.
    ///
    /// # Errors
    /// [`GlassError::NoConsent`]: there is no package for them.
    pub fn for_officers(&self, municipality: &MunicipalityId) -> Result<Vec<LogEntry>, GlassError> {
        let list = self
            .consents_to(municipality)
            .filter_map(|fact| self.agreed_list(fact))
            .max_by_key(|list| list.generation())
            .ok_or(GlassError::NoConsent)?;
        let officer = list.officers().first().map(|officer| officer.keys.id());
        let packages = officer
            .map(|officer| self.packages_for(&officer))
            .unwrap_or_default();
        let mut packages = packages.into_iter();
        let package = packages
            .find(|package| package.header().list == list.hash())
            .ok_or(GlassError::NoConsent)?;
        let tags: Vec<_> = package.header().tags().collect();
        let may_go = |entry: &&LogEntry| match entry.parse() {
            Ok(ParsedEntry::Operation(_)) => true,
            Ok(ParsedEntry::Chunk(chunk)) => tags.contains(&chunk.header().compartment),
            Ok(ParsedEntry::Snapshot(snapshot)) => tags.contains(&snapshot.header().compartment),
            Ok(ParsedEntry::Package(other)) => other.id() == package.id(),
            Ok(ParsedEntry::Bundle(_) | ParsedEntry::Opening(_)) | Err(_) => false,
        };
        Ok(self.entries.iter().filter(may_go).cloned().collect())
    }

    /// Packages that name this officer, the best to open first: newest keys, then newest list.
    pub fn packages_for(&self, officer: &DeviceId) -> Vec<&Authentic<PackageHeader>> {
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        let mut packages: Vec<_> = self
            .glass
            .packages
            .values()
            .filter(|(_, list)| list.officer(officer).is_some())
            .collect();
        packages.sort_by_key(|(package, list)| {
            let current = state.is_some_and(|state| package.header().is_current(state));
            let keys = package
                .header()
                .epochs
                .iter()
                .map(|(_, ids)| ids.len())
                .sum::<usize>();
            std::cmp::Reverse((current, list.generation(), keys))
        });
        packages.into_iter().map(|(package, _)| package).collect()
    }

    /// A package that was believed.
    pub fn package(&self, id: &PackageId) -> Option<&Authentic<PackageHeader>> {
        self.glass.packages.get(id).map(|(package, _)| package)
    }

    /// Whom a package is for.
    pub fn officers_of(&self, id: &PackageId) -> Option<&OfficersList> {
        self.glass.packages.get(id).map(|(_, list)| list)
    }

    pub(super) fn check_manages(&self) -> Result<(), GlassError> {
        let manages = |compartment: &Compartment| self.right(*compartment) == Some(Right::Manage);
        if OPENED.iter().all(manages) {
            Ok(())
        } else {
            Err(GlassError::NotManager)
        }
    }

    fn check_list(&self, list: &OfficersList) -> Result<(), GlassError> {
        let lists = self.lists_of_managers(list.municipality());
        match lists.max_by_key(|list| list.generation()) {
            Some(known) if known != list && !list.follows(known) => Err(GlassError::OldList),
            _ => Ok(()),
        }
    }

    /// The list that a consent names. A consent that names none was written by an app that did not: the newest list then that somebody
    /// agreed to who manages now.
    pub(super) fn agreed_list(&self, fact: &FactView) -> Option<&OfficersList> {
        let municipality = mark(fact)?;
        if !fact.fields.contains_key(LIST) {
            let lists = self.lists_of_managers(municipality);
            return lists.max_by_key(|list| list.generation());
        }
        let named = hashes(fact);
        let lists = self.glass.packages.values().map(|(_, list)| list);
        lists
            .filter(|list| list.municipality() == municipality && named.contains(&list.hash()))
            .max_by_key(|list| list.generation())
    }

    /// What they sealed for who was a manager once and is none now, counts no more.
    fn lists_of_managers(
        &self,
        municipality: MunicipalityId,
    ) -> impl Iterator<Item = &OfficersList> {
        let packages = self.glass.packages.values();
        packages
            .filter(move |(package, list)| {
                list.municipality() == municipality && self.is_by_manager(package)
            })
            .map(|(_, list)| list)
    }

    fn is_by_manager(&self, package: &Authentic<PackageHeader>) -> bool {
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        state.is_some_and(|state| package.header().is_for(&package.author(), state))
    }

    /// What was said of agreeing to a municipality and not taken back by everybody.
    fn consents_to(&self, municipality: &MunicipalityId) -> impl Iterator<Item = &FactView> {
        let facts = self.view.of_kind(Compartment::Consents, KIND);
        facts.filter(move |fact| {
            let is_gone = matches!(fact.presence, Presence::Retracted(_));
            !is_gone && mark(fact) == Some(*municipality)
        })
    }

    pub(super) fn consent(&self, fact: &FactView, today: UntilDate) -> Option<GlassConsent> {
        let municipality = mark(fact)?;
        let list = self.agreed_list(fact);
        let until = text(fact, "until").and_then(|day| day.parse().ok());
        let in_time = until.is_none_or(|until| today <= days(until) && !has_ended(fact, until));
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        let ready = |(package, of): &(Authentic<PackageHeader>, OfficersList)| {
            Some(of) == list
                && package.header().until == until.map(days)
                && state.is_some_and(|state| package.header().is_current(state))
                && self.is_by_manager(package)
        };
        Some(GlassConsent {
            fact: fact.id.clone(),
            municipality,
            name: text(fact, "to").unwrap_or_default().to_owned(),
            fingerprint: fingerprint(&municipality),
            officers: list.map(|list| named(list.officers())).unwrap_or_default(),
            generation: list.map_or(0, OfficersList::generation),
            until,
            stands: fact.presence == Presence::Present && in_time,
            ready: self.glass.packages.values().any(ready),
        })
    }
}

fn fields(list: &OfficersList, until: Option<Date>, now: UnixMillis) -> Fields {
    let officers = list.officers().iter();
    let officers = officers.map(|officer| format!("{} {}", officer.office, officer.name));
    let mut fields = Fields::from([
        ("to".to_owned(), Value::Text(list.name().to_owned())),
        (
            "municipality".to_owned(),
            Value::Text(list.municipality().to_string()),
        ),
        ("officers".to_owned(), Value::List(officers.collect())),
        (LIST.to_owned(), Value::Text(hex::encode(list.hash()))),
        (
            "given_on".to_owned(),
            Value::Text(calendar(day(now)).to_string()),
        ),
    ]);
    if let Some(until) = until {
        fields.insert("until".to_owned(), Value::Text(until.to_string()));
    }
    fields
}

fn named(officers: &[crate::break_glass::Officer]) -> Vec<(String, String)> {
    let officers = officers.iter();
    officers
        .map(|officer| (officer.name.clone(), officer.office.clone()))
        .collect()
}

fn mark(fact: &FactView) -> Option<MunicipalityId> {
    text(fact, "municipality")?.parse().ok()
}

/// Several where guardians agreed to different lists while apart.
fn hashes(fact: &FactView) -> Vec<[u8; 32]> {
    let values = fact.fields.get(LIST).map(|field| field.values.as_slice());
    let values = values.unwrap_or_default().iter();
    values
        .filter_map(|value| match &value.value {
            Value::Text(text) => {
                let mut hash = [0; 32];
                hex::decode_to_slice(text, &mut hash)
                    .is_ok()
                    .then_some(hash)
            }
            _ => None,
        })
        .collect()
}

fn text<'a>(fact: &'a FactView, name: &str) -> Option<&'a str> {
    match &fact.fields.get(name)?.values.first()?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// Did a manager's device find this last day past?
fn has_ended(fact: &FactView, until: Date) -> bool {
    let ended = fact.fields.get(ENDED).map(|field| field.values.as_slice());
    let mut ended = ended.unwrap_or_default().iter();
    ended.any(|ended| ended.value == Value::Text(until.to_string()))
}

pub(super) fn days(day: Date) -> UntilDate {
    UntilDate(day.duration_since(date(1970, 1, 1)).as_hours() / 24)
}

fn calendar(UntilDate(day): UntilDate) -> Date {
    let span = jiff::Span::new().try_days(day);
    let day = span.and_then(|span| date(1970, 1, 1).checked_add(span));
    day.unwrap_or(Date::MAX)
}
