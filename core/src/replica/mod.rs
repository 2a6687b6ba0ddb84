//! One child's record on one device: entries come in, edits go out, and a view stands in between.
//!
//! Sans-io: entries are bytes that somebody else stores and sends; time and randomness come in as arguments. Everything the
//! replica knows it learns from entries: a device is restored from its keys and the entries it kept, nothing else.
//!
//! | message | file |
//! |---|---|
//! | create, join | `founding` |
//! | receive; take chunks in | `receiving`; `admitting` |
//! | edit | `editing` |
//! | add a device, grant, rotate | `people` |
//! | grant to an organisation, its staff joins and ends | `staff` |
//! | remove a device, revoke, close, end staff | `removing` |
//! | let in with a consent, withdraw both | `consenting` |
//! | list who can see | `access_list` |
//! | own devices, to take out the lost one | `recovering` |
//! | complete what is owed | `owing` |
//! | which chunk said what | `words` |
//! | what counts, and with which right | `verdicts` |
//! | list what was said too late, answer for it | `quarantine` |
//! | what a guardian then says | `endorsing` |
//! | snapshot | `compacting` |
//! | integrity | `integrity` |
//! | who did what with the record | `deeds` |
//! | who fetched what | `accesses` |
//! | consent to a municipality, what its officers opened | `glass` |
//! | first screen, card, sheet | `showing` |
//! | the open form, in and out | `open_form` |

mod access_list;
mod accesses;
mod admitting;
mod chains;
mod compacting;
mod consenting;
mod deeds;
mod editing;
mod endorsing;
mod founding;
mod glass;
mod glass_ending;
mod glass_sealing;
mod glass_taking;
mod handing_on;
mod integrity;
mod keyring;
mod open_form;
mod owing;
mod people;
mod quarantine;
mod receiving;
mod recovering;
mod refusal;
mod removing;
mod showing;
mod staff;
#[cfg(test)]
mod tests;
mod verdicts;
mod words;

pub use access_list::{Giver, GrantConsent, GrantLine, Holder, KnownDevice, Reader};
pub use accesses::{AccessPage, Noted};
pub use chains::{ChunkFork, MissingChunk};
pub use compacting::CompactingError;
pub use consenting::Agreed;
pub use deeds::Deed;
pub use editing::EditingError;
pub use glass::{GlassConsent, GlassError, GlassOfficer, GlassOpening};
pub use integrity::{AuthorReport, Integrity, SetAside};
pub use people::{Member, PeopleError, Terms};
pub use quarantine::Quarantined;
pub use receiving::{Received, RefusedEntry};
pub use refusal::Refusal;
pub use staff::Colleague;

use crate::{
    attestation::Attestation,
    compartment::Compartment,
    device::DeviceKeys,
    document::CompartmentDocument,
    id::{ActorId, CompartmentTag, DeviceId, RecordId},
    ledger::{Ledger, OrganisationKey, rights::Right},
    log::{EntryHash, EntryKind, LogEntry, ParsedEntry},
    statement::{FactId, Statement, StatementId},
    token,
    view::{self, Authority, Told, View},
};
use chains::Chains;
use glass::Glass;
use keyring::Keyring;
use std::collections::{BTreeMap, BTreeSet};
use verdicts::Verdicts;
use words::Words;

/// One child's record on one device.
#[derive(Debug)]
pub struct Replica {
    record: RecordId,
    keys: DeviceKeys,
    ledger: Option<Ledger>,
    keyring: Keyring,
    compartments: BTreeMap<Compartment, Open>,
    chains: Chains,
    /// Everything worth keeping and sending, in the order in which it came.
    entries: Vec<LogEntry>,
    known: BTreeMap<(EntryKind, EntryHash), Standing>,
    /// What has come and cannot be judged or opened yet.
    pending: BTreeMap<EntryHash, ParsedEntry>,
    set_aside: Vec<SetAside>,
    glass: Glass,
    view: View,
}

/// Where a known entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Accepted,
    Waiting,
    SetAside,
}

/// A compartment this device can read.
#[derive(Debug)]
struct Open {
    tag: CompartmentTag,
    document: CompartmentDocument,
    /// The newest attestation of each writing session whose chunk has come.
    attestations: BTreeMap<ActorId, Attestation>,
    /// Which chunk said what.
    words: Words,
    /// This device's own writing session, drawn at its first edit and never kept.
    session: Option<[u8; 16]>,
}

impl Replica {
    /// Whose record.
    pub fn record(&self) -> RecordId {
        self.record
    }

    /// Who this device is.
    pub fn device(&self) -> DeviceId {
        self.keys.id()
    }

    /// This device's keys.
    pub fn keys(&self) -> &DeviceKeys {
        &self.keys
    }

    /// This device's keys, when the replica is not needed any more.
    pub fn into_keys(self) -> DeviceKeys {
        self.keys
    }

    /// The ledger, once the genesis has come.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }

    /// The record as it stands.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The compartments this device can read, in the design's order.
    pub fn readable(&self) -> Vec<Compartment> {
        self.keyring
            .compartments()
            .into_iter()
            .map(|(compartment, _)| compartment)
            .collect()
    }

    /// What this device may do in a compartment.
    pub fn right(&self, compartment: Compartment) -> Option<Right> {
        let tag = self.keyring.tag(compartment)?;
        self.ledger.as_ref()?.state().right(&self.keys.id(), &tag)
    }

    /// Everything worth keeping and sending, in the order in which it came: what a vault stores, a file carries, a relay gets.
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// The document of a compartment, if this device can read it.
    pub fn document(&self, compartment: Compartment) -> Option<&CompartmentDocument> {
        self.compartments
            .get(&compartment)
            .map(|open| &open.document)
    }

    /// Signs a relay's challenge.
    pub fn sign_challenge(&self, nonce: &[u8; token::NONCE]) -> [u8; 64] {
        token::sign(&self.record, &self.keys, nonce)
    }

    /// Who may be believed about what: attestations for who, the ledger for what.
    pub fn authority(&self) -> impl Authority + '_ {
        Vouching {
            replica: self,
            verdicts: Verdicts::new(self),
        }
    }

    /// Every statement ever said about a fact, ascending by id, and what became of it.
    pub fn history(&self, compartment: Compartment, fact: &FactId) -> Vec<Told> {
        view::history(&self.documents(), &self.authority(), compartment, fact)
    }

    fn documents(&self) -> Vec<(Compartment, &[Statement])> {
        self.compartments
            .iter()
            .map(|(name, open)| (*name, open.document.statements()))
            .collect()
    }

    fn rebuild_view(&mut self) {
        let view = View::build(&self.documents(), &self.authority());
        self.view = view;
    }
}

struct Vouching<'a> {
    replica: &'a Replica,
    verdicts: Verdicts<'a>,
}

impl Authority for Vouching<'_> {
    fn device(&self, compartment: Compartment, actor: &ActorId) -> Option<DeviceId> {
        Some(
            self.replica
                .compartments
                .get(&compartment)?
                .attestations
                .get(actor)?
                .device(),
        )
    }

    fn right(&self, compartment: Compartment, device: &DeviceId) -> Option<Right> {
        let tag = self.replica.compartments.get(&compartment)?.tag;
        self.replica.ledger.as_ref()?.state().right(device, &tag)
    }

    fn right_of(
        &self,
        compartment: Compartment,
        device: &DeviceId,
        statement: &StatementId,
    ) -> Option<Right> {
        self.verdicts.right(compartment, device, statement)
    }

    fn organisations(&self, device: &DeviceId) -> BTreeSet<OrganisationKey> {
        let ledger = self.replica.ledger.as_ref();
        ledger
            .map(|ledger| ledger.ever_employed(device))
            .unwrap_or_default()
    }
}
