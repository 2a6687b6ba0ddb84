//! What an organisation does: it is let in, certifies its staff, and ends them.

use super::{
    heard::{Oracle, owner},
    random::Random,
    words::Written,
    world::{Played, World, text},
};
use omamori_core::{
    compartment::Compartment,
    id::{DeviceId, EpochId, MemberId, OperationId},
    ledger::{State, operation::Operation, rights::Right},
    log::{LogEntry, ParsedEntry},
    organisation::OrganisationKeys,
    replica::{Colleague, Member, Terms},
    screen::source::Role,
    time::UnixMillis,
};

/// A key that a manager handed to somebody whom they met as an organisation's staff, certified or not.
pub(super) struct Met {
    device: DeviceId,
    epoch: EpochId,
    grant: OperationId,
    station: DeviceId,
}

impl World {
    /// A manager lets an organisation in, and meets one of its staff.
    pub(super) fn employ(
        &mut self,
        who: usize,
        station: usize,
        right: Right,
        met: usize,
        now: UnixMillis,
    ) -> Played {
        let organisation = self.station(station)?.public();
        let met = [self.colleague(met)?];
        let rights = [(Compartment::Care, right)];
        let before = self.all.len();
        self.act(who, |phone, rng| {
            phone
                .grant_organisation(Terms::default(), organisation, &met, &rights, now, rng)
                .ok()
        })?;
        self.note_met(before, DeviceId::new(organisation));
        Ok(())
    }

    /// Whoever was met got these keys, whether they are certified later or not.
    fn note_met(&mut self, before: usize, station: DeviceId) {
        let made = self.all.iter().skip(before).map(LogEntry::parse);
        let made: Vec<ParsedEntry> = made.filter_map(Result::ok).collect();
        let is_grant = |operation: &Operation| matches!(operation, Operation::Grant(_));
        let grant = made.iter().find_map(|entry| match entry {
            ParsedEntry::Operation(signed) if is_grant(signed.operation()) => Some(signed.id()),
            _ => None,
        });
        let headers = made.iter().filter_map(|entry| match entry {
            ParsedEntry::Bundle(bundle) => Some(bundle.header()),
            _ => None,
        });
        let Some(grant) = grant else {
            return;
        };
        for header in headers.filter(|header| header.heads == [grant]) {
            let epochs = header.epochs.iter().map(|epoch| Met {
                device: header.recipient,
                epoch: *epoch,
                grant,
                station,
            });
            self.met.extend(epochs);
        }
    }

    /// Was this device handed the key of these words when it was met, without their author being able to know? The ledger says
    /// neither whom somebody met, nor that those hold keys who were never certified; it does say which organisation's staff may
    /// have been met, so once nothing is granted to that any more, whoever learnt of the grant makes new keys.
    pub(super) fn was_met(
        &self,
        oracle: &Oracle<'_>,
        then: &State,
        written: &Written,
        device: &DeviceId,
    ) -> bool {
        let seen = oracle.seen(&written.heads);
        let epoch = self.epoch_of(written.chunk);
        let known = || {
            let operations = oracle.operations().iter();
            operations.filter(|signed| seen.contains(&signed.id()))
        };
        let persons: Vec<MemberId> = known().filter_map(|signed| owner(signed, device)).collect();
        let certified = |station: &DeviceId| {
            known().any(|signed| {
                signed.signer() == *station
                    && matches!(signed.operation(), Operation::StaffJoin { staff, .. }
                        if persons.contains(&MemberId::from(staff.id())))
            })
        };
        let is_granted = |station: &DeviceId| {
            let mut granted = then.organisations();
            granted.any(|(key, grants)| {
                DeviceId::new(key) == *station
                    && grants
                        .values()
                        .any(|grant| grant.rights.contains_key(&written.tag))
            })
        };
        self.met
            .iter()
            .filter(|met| met.device == *device && Some(met.epoch) == epoch)
            .any(|met| {
                !seen.contains(&met.grant) || !certified(&met.station) && is_granted(&met.station)
            })
    }

    /// At the device of a colleague, a manager, or the newcomer.
    pub(super) fn join(
        &mut self,
        station: usize,
        at: usize,
        whom: usize,
        now: UnixMillis,
    ) -> Played {
        let (keys, newcomer) = (self.station(station)?, self.colleague(whom)?);
        self.act(at, |phone, rng: &mut Random<'_>| {
            phone.staff_join(&keys, &newcomer, None, now, rng).ok()
        })
    }

    pub(super) fn leave(
        &mut self,
        station: usize,
        at: usize,
        whom: usize,
        now: UnixMillis,
    ) -> Played {
        let (keys, whom) = (self.station(station)?, self.replica(whom)?.device());
        self.act(at, |phone, _| phone.staff_end(&keys, &whom, now).ok())
    }

    fn station(&self, station: usize) -> Played<OrganisationKeys> {
        let number = u8::try_from(station + 1).map_err(text)?;
        OrganisationKeys::from_secret_bytes(&[number; 32]).map_err(text)
    }

    fn colleague(&self, who: usize) -> Played<Colleague> {
        let member = Member {
            name: format!("{who}"),
            role: Role::Nurse,
            organisation: "かえで".to_owned(),
        };
        let device = self.replica(who)?.keys().public().clone();
        Ok(Colleague { device, member })
    }
}
