//! An organisation's staff: a family lets the organisation in, the organisation says who works for it.
//!
//! The organisation's key signs and holds nothing else, so keys for compartments go from person to person: whoever grants wraps
//! them for the staff they met, and staff that has them wraps them for a new colleague, without the family being there.

use super::{PeopleError, Replica, people::Member, people::Terms};
use crate::{
    compartment::Compartment,
    device::DevicePublic,
    epoch::EpochKey,
    id::{CompartmentTag, DeviceId, OperationId},
    ledger::{
        OrganisationKey, State,
        operation::{Grant, Grantee, Operation, UntilDate},
        rights::Right,
    },
    log::LogEntry,
    organisation::OrganisationKeys,
    statement::UnixMillis,
};
use rand_core::CryptoRng;
use std::collections::BTreeSet;

/// Somebody who works for an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Their keys in this record.
    pub device: DevicePublic,
    /// Who they are.
    pub member: Member,
}

impl Replica {
    /// Lets an organisation's staff read or write. `met`: those of them whose keys are at hand. They can open what the
    /// organisation may see as soon as it certifies them; others get their keys from them. The organisation is called what the
    /// first of them says. With nobody met it is granted something further, or the same for longer, and its staff goes on.
    ///
    /// # Errors
    /// [`PeopleError`]; [`PeopleError::Removed`] if one of them was removed before. The record is then as it was, but for keys
    /// that were owed anyway.
    pub fn grant_organisation(
        &mut self,
        terms: Terms,
        organisation: OrganisationKey,
        met: &[Colleague],
        rights: &[(Compartment, Right)],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let grant = self.draft_organisation(organisation, met, rights, terms)?;
        let compartments: Vec<_> = rights.iter().map(|(compartment, _)| *compartment).collect();
        let named = self.writable(&compartments);
        let mut entries = self.complete(now, rng)?;
        let called = called(&organisation, met);
        for (device, member) in &called {
            self.check_introduction(device, member, &named, now)?;
        }
        let operation = self.sign(&Operation::Grant(grant), now)?;
        self.take_own(vec![operation.clone()])?;
        let heads = vec![OperationId::new(operation.hash().0)];
        entries.push(operation);
        let recipients = met.iter().map(|one| one.device.clone());
        let mut recipients: BTreeSet<DevicePublic> = recipients.collect();
        recipients.extend(self.staff_of(&organisation));
        entries.extend(self.hand_on(&recipients, &heads, &compartments, rng)?);
        for (device, member) in &called {
            entries.extend(self.introduce(device, member, &named, now, rng)?);
        }
        Ok(entries)
    }

    /// The grant to an organisation, if nobody who is met was removed: they would get keys that nobody may have who was.
    pub(super) fn draft_organisation(
        &self,
        organisation: OrganisationKey,
        met: &[Colleague],
        rights: &[(Compartment, Right)],
        terms: Terms,
    ) -> Result<Grant, PeopleError> {
        let state = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?.state();
        let mut devices = met.iter().map(|one| one.device.id());
        match devices.find(|device| state.was_removed(device)) {
            Some(removed) => Err(PeopleError::Removed(removed)),
            None => self.draft_grant_to(Grantee::Organisation(organisation), rights, terms),
        }
    }

    /// Certifies somebody with the organisation's key and hands them every key that the organisation's staff may have. This
    /// device is that of a colleague, or of a manager of the record.
    ///
    /// # Errors
    /// [`PeopleError`]; [`PeopleError::KeysIncomplete`] while keys are on their way to this device.
    pub fn staff_join(
        &mut self,
        organisation: &OrganisationKeys,
        newcomer: &Colleague,
        until: Option<UntilDate>,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        let compartments = self.certified_for(&organisation.public(), ledger.state())?;
        // Whoever certifies themselves has what they hold.
        let others = Some(&newcomer.device).filter(|device| *device != self.keys.public());
        if others.is_some() {
            self.check_hands_on(&compartments, ledger.state())?;
        }
        // A name is not taken away by leaving it out.
        let named = match newcomer.member.name.as_str() {
            "" => Vec::new(),
            _ => self.writable(&compartments),
        };
        self.check_introduction(&newcomer.device.id(), &newcomer.member, &named, now)?;
        let join = Operation::StaffJoin {
            staff: newcomer.device.clone(),
            until,
        };
        let operation = organisation.sign(&self.record, ledger.heads(), &join, now);
        let operation = self.if_taken(operation)?;
        self.take_own(vec![operation.clone()])?;
        let heads = vec![OperationId::new(operation.hash().0)];
        let mut entries = vec![operation];
        let recipients: BTreeSet<DevicePublic> = others.into_iter().cloned().collect();
        entries.extend(self.hand_on(&recipients, &heads, &compartments, rng)?);
        let (device, member) = (newcomer.device.id(), &newcomer.member);
        entries.extend(self.introduce(&device, member, &named, now, rng)?);
        Ok(entries)
    }

    /// Ends somebody of the organisation's staff, by the person's first key, with the organisation's key. What they wrote beyond
    /// what this device has seen is quarantined. New keys are owed by whoever manages the record.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn staff_end(
        &mut self,
        organisation: &OrganisationKeys,
        first_key: &DeviceId,
        now: UnixMillis,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let ledger = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?;
        let ended = self.ending_of_staff(first_key)?;
        let operation = organisation.sign(&self.record, ledger.heads(), &ended, now);
        let entries = vec![self.if_taken(operation)?];
        self.take_own(entries.clone())?;
        Ok(entries)
    }

    /// The devices of an organisation's staff.
    pub fn staff_of(&self, organisation: &OrganisationKey) -> Vec<DevicePublic> {
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        let devices = state.into_iter().flat_map(|state| {
            state
                .devices()
                .filter(|(device, _)| state.employers_of(device).contains(organisation))
        });
        devices.map(|(_, public)| public.clone()).collect()
    }

    /// An organisation's grants in force, the older before the newer.
    pub fn grants_of_organisation(&self, organisation: &OrganisationKey) -> Vec<OperationId> {
        let Some(ledger) = &self.ledger else {
            return Vec::new();
        };
        let to_it = |operation: &Operation| match operation {
            Operation::Grant(grant) => grant.grantee == Grantee::Organisation(*organisation),
            _ => false,
        };
        let organisations = ledger.state().organisations();
        let held: BTreeSet<OperationId> = organisations
            .filter(|(key, _)| key == organisation)
            .flat_map(|(_, grants)| grants.keys().copied())
            .collect();
        let granted = ledger.in_order().into_iter();
        granted
            .filter(|signed| to_it(signed.operation()))
            .map(|signed| signed.id())
            .filter(|id| held.contains(id))
            .collect()
    }

    /// What an organisation's staff may read, if this device holds every key of it.
    fn certified_for(
        &self,
        organisation: &OrganisationKey,
        state: &State,
    ) -> Result<Vec<Compartment>, PeopleError> {
        let mut organisations = state.organisations();
        let grants =
            organisations.find_map(|(key, grants)| (key == *organisation).then_some(grants));
        let tags: BTreeSet<CompartmentTag> = grants
            .into_iter()
            .flat_map(|grants| grants.values())
            .flat_map(|granted| granted.rights.keys().copied())
            .collect();
        let holds_all = |tag: &CompartmentTag| {
            state
                .epochs(tag)
                .all(|epoch| self.keyring.key(&epoch).is_some())
        };
        let named = tags
            .iter()
            .map(|tag| self.keyring.name(tag).filter(|_| holds_all(tag)));
        named
            .collect::<Option<Vec<_>>>()
            .ok_or(PeopleError::KeysIncomplete)
    }

    /// Whoever may not read any more hands on nothing, and so certifies nobody.
    fn check_hands_on(
        &self,
        compartments: &[Compartment],
        state: &State,
    ) -> Result<(), PeopleError> {
        let own = self.keys.id();
        let mut tags = compartments.iter().filter_map(|of| self.keyring.tag(*of));
        match tags.all(|tag| state.may(&own, &tag, Right::Read)) {
            true => Ok(()),
            false => Err(PeopleError::Removed(own)),
        }
    }

    fn hand_on(
        &mut self,
        recipients: &BTreeSet<DevicePublic>,
        heads: &[OperationId],
        compartments: &[Compartment],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let state = self.ledger.as_ref().ok_or(PeopleError::NotBegun)?.state();
        let mut keys: Vec<(Compartment, CompartmentTag, &EpochKey)> = Vec::new();
        for compartment in compartments {
            let tag = self.keyring.tag(*compartment);
            let tag = tag.ok_or(PeopleError::NoKey(*compartment))?;
            keys.extend(self.keyring.all_of(&tag, state));
        }
        let mut entries = Vec::new();
        for device in recipients {
            entries.push(self.wrap(device, heads.to_vec(), &keys, rng)?);
        }
        self.take_own(entries.clone())?;
        Ok(entries)
    }
}

/// Those whom the family met, and before them where they work, under the organisation's own key.
fn called(organisation: &OrganisationKey, met: &[Colleague]) -> Vec<(DeviceId, Member)> {
    let first = met.first().map(|one| &one.member);
    let named = first.filter(|member| !member.organisation.is_empty());
    let employer = named.map(|member| Member {
        name: member.organisation.clone(),
        role: member.role,
        organisation: String::new(),
    });
    let employer = employer.map(|member| (DeviceId::new(*organisation), member));
    let people = met.iter().map(|one| (one.device.id(), one.member.clone()));
    employer.into_iter().chain(people).collect()
}
