//! Letting people in: a further phone of one's own, a nurse, new keys.

use super::{EditingError, Replica};
use crate::{
    bundle::{self, WrapError},
    compartment::Compartment,
    device::DevicePublic,
    epoch::EpochKey,
    id::{ChunkId, CompartmentTag, DeviceId, EpochId, OperationId},
    ledger::{
        LedgerError,
        operation::{Grant, Grantee, Operation, SignedOperation, UntilDate, sign_operation},
        rights::Right,
    },
    log::{EntryKind, LogEntry},
    screen::source::Role,
    statement::{Body, Fields, How, NewStatement, UnixMillis, Value},
    view::{self, Names},
};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who somebody is, as a manager of the record names them. It counts only when a manager says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// As called: 「母」, 「山田（訪問看護）」.
    pub name: String,
    /// Their part in the child's care.
    pub role: Role,
    /// Where they work; may be empty.
    #[serde(default)]
    pub organisation: String,
}

/// Why somebody was not let in. The record is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// No genesis has come yet.
    #[error("the record has not arrived on this device yet")]
    NotBegun,
    /// This device cannot read the compartment, so it cannot pass on its keys.
    #[error("this device has no key for {0}")]
    NoKey(Compartment),
    /// The ledger does not take it: a right is missing, or the device is in the record already.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The newcomer's public keys are no good.
    #[error(transparent)]
    Wrap(#[from] WrapError),
    /// The newcomer's name could not be written down.
    #[error(transparent)]
    Editing(#[from] EditingError),
    /// Keys that a new colleague needs have not all come to this device yet.
    #[error("the keys for a new colleague have not all arrived on this device yet")]
    KeysIncomplete,
    /// This device was removed from the record. Whoever comes back comes with new keys.
    #[error("device {0} was removed from the record")]
    Removed(DeviceId),
    /// It needs no answer: it is in the view, or not here, or somebody answered for it.
    #[error("chunk {0} is not in quarantine")]
    NotQuarantined(ChunkId),
}

/// What a grant says beside who and what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// Last day it holds, if it ends.
    pub until: Option<UntilDate>,
    /// May it be passed on, as far as it goes?
    pub delegate: bool,
    /// SHA-256 of the salted consent.
    pub consent: Option<[u8; 32]>,
}

impl Replica {
    /// Adds a further phone of this device's own person. It gets every key this device holds.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn add_device(
        &mut self,
        device: &DevicePublic,
        name: &str,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        let person = ledger
            .state()
            .members_of(&self.keys.id())
            .next()
            .ok_or(PeopleError::NotBegun)?;
        let readable = self.readable();
        let operation = Operation::AddDevice {
            member: person,
            device: device.clone(),
        };
        let member = Member {
            name: name.to_owned(),
            ..self.own_member(Role::Guardian)
        };
        let named = self.managed(&readable);
        let named = (&member, named.as_slice());
        self.let_in_by_name(&operation, device, &readable, named, now, rng)
    }

    /// Lets a person read or write, and writes down who they are in each compartment they can see.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn grant(
        &mut self,
        device: &DevicePublic,
        member: &Member,
        rights: &[(Compartment, Right)],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        self.grant_on(Terms::default(), device, member, rights, now, rng)
    }

    /// As [`Replica::grant`], with terms. Somebody who passes on what they hold names the newcomer where they may write.
    ///
    /// # Errors
    /// [`PeopleError`]; the record is then as it was, but for keys that were owed anyway.
    pub fn grant_on(
        &mut self,
        terms: Terms,
        device: &DevicePublic,
        member: &Member,
        rights: &[(Compartment, Right)],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let grant = self.draft_grant(device, rights, terms)?;
        let compartments: Vec<_> = rights.iter().map(|(compartment, _)| *compartment).collect();
        let named = self.writable(&compartments);
        let (granted, named) = (Operation::Grant(grant), (member, named.as_slice()));
        self.let_in_by_name(&granted, device, &compartments, named, now, rng)
    }

    /// Puts new keys in place of the newest ones, and wraps them for every device that may read.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn rotate(
        &mut self,
        compartments: &[Compartment],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let mut fresh: BTreeMap<CompartmentTag, (Compartment, EpochKey)> = BTreeMap::new();
        for compartment in compartments {
            let tag = self
                .keyring
                .tag(*compartment)
                .ok_or(PeopleError::NoKey(*compartment))?;
            fresh.insert(tag, (*compartment, EpochKey::generate(rng)));
        }
        let epochs: Vec<(CompartmentTag, EpochId)> = fresh
            .iter()
            .map(|(tag, (compartment, key))| (*tag, key.id(tag, *compartment)))
            .collect();
        let operation = self.sign(&Operation::Rotate { epochs }, now)?;
        let heads = vec![OperationId::new(operation.hash().0)];
        let state = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?.state();
        let mut entries = vec![operation];
        for (device, public) in state.devices() {
            let readable = fresh
                .iter()
                .filter(|(tag, _)| state.may(&device, tag, Right::Read));
            let keys: Vec<_> = readable
                .map(|(tag, (compartment, key))| (*compartment, *tag, key))
                .collect();
            if !keys.is_empty() {
                entries.push(self.wrap(public, heads.clone(), &keys, rng)?);
            }
        }
        self.take_own(entries.clone())?;
        Ok(entries)
    }

    /// Lets a device in and writes down who it belongs to in the compartments of `named`; neither, if that cannot be said.
    fn let_in_by_name(
        &mut self,
        granted: &Operation,
        device: &DevicePublic,
        compartments: &[Compartment],
        (member, named): (&Member, &[Compartment]),
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let mut entries = self.complete(now, rng)?;
        self.check_introduction(&device.id(), member, named, now)?;
        entries.extend(self.let_in(granted, device, compartments, now, rng)?);
        entries.extend(self.introduce(&device.id(), member, named, now, rng)?);
        Ok(entries)
    }

    /// An operation that lets a device in, and the bundle it needs: one cannot be made without the other.
    fn let_in(
        &mut self,
        granted: &Operation,
        device: &DevicePublic,
        compartments: &[Compartment],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let operation = self.sign(granted, now)?;
        let heads = vec![OperationId::new(operation.hash().0)];
        let state = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?.state();
        let operation_bytes = operation.bytes.clone();
        let mut entries = vec![operation];
        let mut keys = Vec::new();
        for compartment in compartments {
            let tag = self
                .keyring
                .tag(*compartment)
                .ok_or(PeopleError::NoKey(*compartment))?;
            keys.extend(self.keyring.all_of(&tag, state));
        }
        entries.push(self.wrap(device, heads.clone(), &keys, rng)?);
        if let Operation::Grant(grant) = granted
            && let Grantee::Member(member) = &grant.grantee
        {
            // A grant goes to a person: their other phones may read as well, so they need the keys as well. As it is with the
            // grant: somebody who holds nothing before it has no phone in the record.
            let mut after = self.ledger.clone().ok_or(PeopleError::NotBegun)?;
            after.apply(SignedOperation::parse(&operation_bytes).map_err(LedgerError::from)?)?;
            let others = after.state().devices_of(member);
            for other in others.filter(|other| *other != device) {
                entries.push(self.wrap(other, heads.clone(), &keys, rng)?);
            }
        }
        self.take_own(entries.clone())?;
        Ok(entries)
    }

    /// Signs an operation on top of everything known, if the ledger would take it.
    pub(super) fn sign(
        &self,
        operation: &Operation,
        now: UnixMillis,
    ) -> Result<LogEntry, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        let signer = (&self.keys.id(), self.keys.signing());
        let bytes = sign_operation(
            Some(&self.record),
            ledger.heads(),
            now,
            operation,
            signer.0,
            signer.1,
        );
        self.if_taken(LogEntry {
            kind: EntryKind::Operation,
            bytes,
        })
    }

    /// An operation, if the ledger would take it.
    pub(super) fn if_taken(&self, operation: LogEntry) -> Result<LogEntry, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        ledger.check(&SignedOperation::parse(&operation.bytes).map_err(LedgerError::from)?)?;
        Ok(operation)
    }

    pub(super) fn wrap(
        &self,
        device: &DevicePublic,
        heads: Vec<OperationId>,
        keys: &[(Compartment, CompartmentTag, &EpochKey)],
        rng: &mut impl CryptoRng,
    ) -> Result<LogEntry, PeopleError> {
        let bytes = bundle::wrap(&self.keys, device, self.record, heads, keys, rng)?;
        Ok(LogEntry {
            kind: EntryKind::Bundle,
            bytes,
        })
    }

    pub(super) fn draft_grant(
        &self,
        device: &DevicePublic,
        rights: &[(Compartment, Right)],
        terms: Terms,
    ) -> Result<Grant, PeopleError> {
        let state = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?.state();
        let grantee = match state.members_of(&device.id()).next() {
            // Also for somebody who was let in once and holds nothing now: the key is theirs still.
            Some(member) => Grantee::Member(member),
            None => Grantee::Person(device.clone()),
        };
        self.draft_grant_to(grantee, rights, terms)
    }

    pub(super) fn draft_grant_to(
        &self,
        grantee: Grantee,
        rights: &[(Compartment, Right)],
        terms: Terms,
    ) -> Result<Grant, PeopleError> {
        let mut tagged: BTreeMap<CompartmentTag, Right> = BTreeMap::new();
        for (compartment, right) in rights {
            let tag = self
                .keyring
                .tag(*compartment)
                .ok_or(PeopleError::NoKey(*compartment))?;
            let strongest = tagged.entry(tag).or_insert(*right);
            *strongest = (*strongest).max(*right);
        }
        Ok(Grant {
            grantee,
            rights: tagged.into_iter().collect(),
            until: terms.until,
            delegate: terms.delegate,
            consent: terms.consent,
        })
    }

    /// Could this be written down? Asked before somebody is let in: a name that does not fit must not come to light after that.
    pub(super) fn check_introduction(
        &self,
        device: &DeviceId,
        member: &Member,
        compartments: &[Compartment],
        now: UnixMillis,
    ) -> Result<(), EditingError> {
        let statement = introduction(device, member, now);
        for compartment in compartments {
            self.check_sayable(*compartment, std::slice::from_ref(&statement))?;
        }
        Ok(())
    }

    /// Writes down who somebody is, in each of these compartments.
    pub(super) fn introduce(
        &mut self,
        device: &DeviceId,
        member: &Member,
        compartments: &[Compartment],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, EditingError> {
        let statement = introduction(device, member, now);
        let statements = compartments
            .iter()
            .map(|compartment| (*compartment, vec![statement.clone()]))
            .collect();
        self.say(statements, rng)
    }

    pub(super) fn writable(&self, compartments: &[Compartment]) -> Vec<Compartment> {
        compartments
            .iter()
            .copied()
            .filter(|compartment| self.right(*compartment) >= Some(Right::Append))
            .collect()
    }

    /// Who everybody is, as somebody said who may.
    pub fn names(&self) -> Names {
        view::named(&self.documents(), &self.authority())
    }

    fn managed(&self, compartments: &[Compartment]) -> Vec<Compartment> {
        compartments
            .iter()
            .copied()
            .filter(|compartment| self.right(*compartment) == Some(Right::Manage))
            .collect()
    }

    /// What the record says about this device's own person.
    fn own_member(&self, otherwise: Role) -> Member {
        match self.names().get(&self.keys.id()) {
            Some(named) => Member {
                name: named.name.clone(),
                role: named.role,
                organisation: named.organisation.clone(),
            },
            None => Member {
                name: String::new(),
                role: otherwise,
                organisation: String::new(),
            },
        }
    }
}

fn introduction(device: &DeviceId, member: &Member, now: UnixMillis) -> NewStatement {
    let role = serde_json::to_value(member.role)
        .ok()
        .and_then(|role| role.as_str().map(str::to_owned));
    let mut fields = Fields::from([
        ("device".to_owned(), Value::Text(device.to_string())),
        ("name".to_owned(), Value::Text(member.name.clone())),
        ("role".to_owned(), Value::Text(role.unwrap_or_default())),
    ]);
    if !member.organisation.is_empty() {
        fields.insert(
            "organisation".to_owned(),
            Value::Text(member.organisation.clone()),
        );
    }
    NewStatement {
        fact: None,
        kind: "member".to_owned(),
        body: Body::Set {
            fields,
            supersedes: BTreeMap::new(),
            again: Vec::new(),
        },
        how: How::default(),
        said_at: now,
    }
}
