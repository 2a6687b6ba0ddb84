//! What an organisation does: it is let in, certifies its staff, and ends them.

use super::{
    random::Random,
    world::{Played, World, text},
};
use omamori_core::{
    compartment::Compartment,
    ledger::rights::Right,
    organisation::OrganisationKeys,
    replica::{Colleague, Member, Terms},
    screen::source::Role,
    time::UnixMillis,
};

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
        self.act(who, |phone, rng| {
            phone
                .grant_organisation(Terms::default(), organisation, &met, &rights, now, rng)
                .ok()
        })?;
        // Whoever was met got the keys, whether they are certified later or not.
        self.met.extend(met.map(|one| one.device.id()));
        Ok(())
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
