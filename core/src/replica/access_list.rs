//! Who can see the record: everybody who holds something, with each of their grants, as the family's list shows it.

use super::Replica;
use crate::{
    compartment::Compartment,
    consent,
    id::{CompartmentTag, DeviceId, MemberId, OperationId},
    ledger::{Granted, Ledger, State, operation::UntilDate, rights::Right},
    screen::source::Role,
    statement::{Body, FactId, Statement, UnixMillis},
    view::{Named, Names},
};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

/// Somebody who can see something of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reader {
    /// A person, or an organisation.
    pub holder: Holder,
    /// The name a manager gave; empty if none did.
    pub name: String,
    /// The role a manager gave.
    pub role: Role,
    /// Where they work; may be empty.
    pub organisation: String,
    /// Is it the person who holds this device?
    pub own: bool,
    /// Their devices that are in the record.
    pub devices: Vec<KnownDevice>,
    /// What they hold, oldest first.
    pub grants: Vec<GrantLine>,
}

/// Who holds grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "lowercase")]
pub enum Holder {
    /// A person.
    Person(MemberId),
    /// An organisation, by the key that certifies its staff, as hex.
    Organisation(#[serde(serialize_with = "as_hex")] [u8; 32]),
}

/// One device of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownDevice {
    /// Which.
    pub device: DeviceId,
    /// The name a manager gave it; empty if none did.
    pub name: String,
    /// Is it this one?
    pub own: bool,
}

/// One grant in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantLine {
    /// Which: what a withdrawal names.
    pub grant: OperationId,
    /// What it gives, by compartments that this device can name.
    pub rights: BTreeMap<Compartment, Right>,
    /// How many more compartments it gives, which this device cannot name.
    pub unnamed: usize,
    /// Last day it holds (`YYYY-MM-DD`), if it ends.
    pub until: Option<String>,
    /// That day is over. Nothing ends by itself: the relay refuses, and a manager closes it.
    pub expired: bool,
    /// May its holder pass it on?
    pub delegate: bool,
    /// Who gave it.
    pub by: Giver,
    /// When, by the giver's clock.
    pub since: UnixMillis,
    /// The organisation it was given to, as hex, if its holder has it as a member of its staff.
    pub organisation: Option<String>,
    /// Begun with the record: not given by anybody.
    pub founding: bool,
    /// What was agreed to; `None`: given without a consent.
    pub consent: Option<GrantConsent>,
}

/// Who gave a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Giver {
    /// The key that signed.
    pub device: DeviceId,
    /// The name a manager gave it; empty if none did.
    pub name: String,
}

/// The consent that a grant names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantConsent {
    /// The salted hash in the grant.
    #[serde(serialize_with = "as_hex")]
    pub hash: [u8; 32],
    /// The consent with this hash; `None`: it cannot be read here, or has not come.
    pub fact: Option<FactId>,
    /// Something of what was agreed to was said differently afterwards.
    pub altered: bool,
}

fn as_hex<S: serde::Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(bytes))
}

impl Replica {
    /// Everybody who can see something of the record, the person of this device first, then by the oldest grant. `today`
    /// decides what has expired.
    pub fn access_list(&self, today: Date) -> Vec<Reader> {
        let Some(ledger) = &self.ledger else {
            return Vec::new();
        };
        let list = Listing {
            replica: self,
            ledger,
            names: self.names(),
            consents: self
                .document(Compartment::Consents)
                .map(|document| consent::by_hash(&self.record, document.statements()))
                .unwrap_or_default(),
            today: UntilDate::of(today),
        };
        let mut readers: Vec<Reader> = list.persons().chain(list.organisations()).collect();
        readers.sort_by_key(|reader| {
            let since = reader.grants.first().map(|grant| grant.since);
            (!reader.own, since, reader.holder)
        });
        readers
    }
}

struct Listing<'a> {
    replica: &'a Replica,
    ledger: &'a Ledger,
    names: Names,
    consents: BTreeMap<consent::ConsentHash, &'a Statement>,
    today: UntilDate,
}

impl Listing<'_> {
    fn state(&self) -> &State {
        self.ledger.state()
    }

    fn persons(&self) -> impl Iterator<Item = Reader> {
        let mine: Vec<MemberId> = self.state().members_of(&self.replica.device()).collect();
        self.state().members().map(move |(member, grants)| {
            let devices = self.devices(&member);
            let named = self.name_of(&member, &devices);
            Reader {
                holder: Holder::Person(member),
                name: named.name,
                role: named.role,
                organisation: named.organisation,
                own: mine.contains(&member),
                devices,
                grants: self.grants(grants),
            }
        })
    }

    fn organisations(&self) -> impl Iterator<Item = Reader> {
        self.state().organisations().map(|(key, grants)| {
            let named = self.names.get(&DeviceId::new(key)).cloned();
            let named = named.unwrap_or_default();
            Reader {
                holder: Holder::Organisation(key),
                name: named.name,
                role: named.role,
                organisation: named.organisation,
                own: false,
                devices: Vec::new(),
                grants: self.grants(grants),
            }
        })
    }

    fn devices(&self, member: &MemberId) -> Vec<KnownDevice> {
        let known = self.state().devices_of(member).map(|public| {
            let device = public.id();
            KnownDevice {
                device,
                name: self.names.name(&device),
                own: device == self.replica.device(),
            }
        });
        known.collect()
    }

    /// A person is called what their first key is called; a person whose first key is gone, what another one is.
    fn name_of(&self, member: &MemberId, devices: &[KnownDevice]) -> Named {
        let first = DeviceId::new(*member.as_bytes());
        let keys = std::iter::once(first).chain(devices.iter().map(|known| known.device));
        let mut named = keys.filter_map(|device| self.names.get(&device));
        named.next().cloned().unwrap_or_default()
    }

    fn grants(&self, grants: &BTreeMap<OperationId, Granted>) -> Vec<GrantLine> {
        let mut lines: Vec<GrantLine> = grants
            .iter()
            .filter_map(|(id, granted)| self.line(*id, granted))
            .collect();
        lines.sort_by_key(|line| (line.since, line.grant));
        lines
    }

    fn line(&self, grant: OperationId, granted: &Granted) -> Option<GrantLine> {
        let signed = self.ledger.operation(&grant)?;
        let name = |(tag, right): (&CompartmentTag, &Right)| {
            Some((self.replica.keyring.name(tag)?, *right))
        };
        let rights: BTreeMap<Compartment, Right> = granted.rights.iter().filter_map(name).collect();
        Some(GrantLine {
            grant,
            unnamed: granted.rights.len().saturating_sub(rights.len()),
            rights,
            until: granted
                .until
                .and_then(UntilDate::date)
                .map(|date| date.to_string()),
            expired: granted.has_expired(Some(self.today)),
            delegate: granted.delegate,
            by: Giver {
                device: granted.by,
                name: self.names.name(&granted.by),
            },
            since: signed.at(),
            organisation: granted.organisation.map(hex::encode),
            founding: signed.parents().is_empty(),
            consent: granted.consent.map(|hash| self.consent(hash)),
        })
    }

    fn consent(&self, hash: consent::ConsentHash) -> GrantConsent {
        let statement = self.consents.get(&hash);
        GrantConsent {
            hash,
            fact: statement.map(|statement| statement.fact.clone()),
            altered: statement.is_some_and(|statement| self.is_altered(statement)),
        }
    }

    /// Does the view show something else where this statement said something?
    fn is_altered(&self, statement: &Statement) -> bool {
        let Body::Set { fields, .. } = &statement.body else {
            return true;
        };
        let mut facts = self.replica.view.facts.iter();
        let Some(fact) = facts.find(|fact| fact.id == statement.fact) else {
            return true;
        };
        !fact.stands()
            || !fields.iter().all(|(name, value)| {
                let shown = fact.fields.get(name).map(|field| field.values.as_slice());
                matches!(shown, Some([only]) if only.value == *value)
            })
    }
}
