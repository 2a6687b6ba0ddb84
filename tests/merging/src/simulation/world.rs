//! Who there is, what they hold, and what they do.

use super::{
    compacted::Compacted,
    covered::Covered,
    random::Random,
    station::Met,
    step::{DEVICES, History, SHARED, Step},
    words::Written,
};
use crate::dice::Dice;
use omamori_core::{
    compartment::Compartment,
    device::{DeviceKeys, DevicePublic},
    id::{CompartmentTag, DeviceId, MemberId, OperationId},
    ledger::{
        Ledger, State,
        operation::{Operation, UntilDate},
        rights::Right,
    },
    log::LogEntry,
    replica::{Member, Replica, Terms},
    screen::source::Role,
    time::UnixMillis,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A device, and which of all entries it holds, in the order in which they came.
pub(super) struct Phone {
    pub(super) replica: Replica,
    pub(super) held: Vec<usize>,
}

pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) phones: Vec<Phone>,
    /// Every entry that anybody ever made.
    pub(super) all: Vec<LogEntry>,
    pub(super) sticks: BTreeMap<usize, Vec<usize>>,
    /// Who is in the other group, while people are apart.
    pub(super) apart: Option<u64>,
    pub(super) written: Vec<Written>,
    pub(super) snapshots: Vec<Compacted>,
    /// What managers handed to those whom they met as staff.
    pub(super) met: Vec<Met>,
    /// Of two who removed each other, the loser taken for the winner: only when a check is broken on purpose.
    pub(super) favoured: Option<(OperationId, OperationId)>,
    /// Devices that are nowhere any more, though nobody removed them: likewise.
    pub(super) lost: BTreeSet<DeviceId>,
    pub(super) covered: Covered,
    pub(super) barrier: bool,
    wide: bool,
    clock: i64,
}

pub(super) type Played<T = ()> = Result<T, String>;

impl World {
    /// The mother lets in a second phone of hers, two or three who manage, and some who write; then all know it.
    pub(super) fn begin(history: &History) -> Played<Self> {
        let mut dice = Dice::new(!history.seed);
        let now = UnixMillis(1_790_000_000_000);
        let keys = DeviceKeys::generate(&mut Random(&mut dice));
        let (mother, _) = Replica::create(keys, "母", now, &mut Random(&mut dice)).map_err(text)?;
        let record = mother.record();
        let mut replicas = vec![mother];
        for _ in 1..history.devices.min(DEVICES) {
            let keys = DeviceKeys::generate(&mut Random(&mut dice));
            replicas.push(Replica::join(keys, record));
        }
        let phones = replicas.into_iter().map(|replica| Phone {
            replica,
            held: Vec::new(),
        });
        let mut world = Self {
            phones: phones.collect(),
            all: Vec::new(),
            sticks: BTreeMap::new(),
            apart: None,
            written: Vec::new(),
            snapshots: Vec::new(),
            met: Vec::new(),
            favoured: None,
            lost: BTreeSet::new(),
            covered: Covered::default(),
            barrier: history.barrier,
            wide: history.wide,
            clock: now.0,
            dice,
        };
        world.note_own(0)?;
        world.take(Step::Add(0, 1))?;
        let managers = 3 + world.dice.below(2);
        for person in 2..history.people() {
            let right = match person < managers {
                true => Right::Manage,
                false => Right::Write,
            };
            world.take(Step::Grant(0, person, right, 0))?;
        }
        for compartment in SHARED {
            world.take(Step::Say(0, compartment))?;
        }
        if world.dice.once_in(2) {
            let staff = world.phones.len() - 1;
            world.take(Step::Employ(0, 0, Right::Write, staff))?;
            world.tell_all(0, staff)?;
            world.take(Step::Join(0, staff, staff))?;
            world.tell_all(staff, 0)?;
        }
        for phone in 1..world.phones.len() {
            world.tell_all(0, phone)?;
        }
        world.covered = Covered::default();
        Ok(world)
    }

    pub(super) fn into_covered(mut self) -> Covered {
        self.covered.note("histories", 1);
        self.covered
    }

    pub(super) fn now(&mut self) -> UnixMillis {
        self.clock += 60_000;
        UnixMillis(self.clock)
    }

    pub(super) fn phone(&self, who: usize) -> Played<&Phone> {
        self.phones
            .get(who)
            .ok_or_else(|| format!("no device {who}"))
    }

    pub(super) fn replica(&self, who: usize) -> Played<&Replica> {
        self.phone(who).map(|phone| &phone.replica)
    }

    fn public(&self, who: usize) -> Played<DevicePublic> {
        Ok(self.replica(who)?.keys().public().clone())
    }

    /// A step that makes no sense here, or that whoever takes it may not take, does nothing.
    pub(super) fn take(&mut self, step: Step) -> Played {
        let now = self.now();
        match step {
            Step::Say(who, compartment) => self.say(who, compartment, now),
            Step::Correct(who, compartment, seed) => self.correct(who, compartment, seed, now),
            Step::Retract(who, compartment, seed) => self.retract(who, compartment, seed, now),
            Step::Meet(from, to, seed) => self.meet(from, to, seed),
            Step::Brief(from, to, compartment, seed) => self.brief(from, to, compartment, seed),
            Step::Pack(who, stick, seed) => self.pack(who, stick, seed),
            Step::Unpack(stick, whom, seed) => self.unpack(stick, whom, seed),
            Step::Part(groups) => {
                self.covered.note("partitions", 1);
                self.apart = Some(groups);
                Ok(())
            }
            Step::Mend => {
                self.apart = None;
                Ok(())
            }
            Step::Restore(who, seed) => self.restore(who, seed),
            Step::Grant(who, whom, right, seed) => self.grant(who, whom, right, seed, now),
            Step::Add(who, whom) => {
                let public = self.public(whom)?;
                self.act(who, |phone, rng| {
                    phone.add_device(&public, "もう一台", now, rng).ok()
                })
            }
            Step::Revoke(who, whom, seed) => self.revoke(who, whom, seed, now),
            Step::Close(who, whom) => self.close(who, whom, now),
            Step::Remove(who, whom) => self.remove(who, whom, now),
            Step::RemoveEachOther(one, other) => {
                self.remove(one, other, now)?;
                self.remove(other, one, now)
            }
            Step::Rotate(who, compartment) => self.act(who, |phone, rng| {
                phone.rotate(&[compartment], now, rng).ok()
            }),
            Step::Compact(who, compartment) => self.compact(who, compartment),
            Step::Restart(who, compartment) => self.restart(who, compartment, now),
            Step::Complete(who) => self.act(who, |phone, rng| phone.complete(now, rng).ok()),
            Step::Endorse(who, seed) => self.endorse(who, seed, now),
            Step::Employ(who, station, right, met) => self.employ(who, station, right, met, now),
            Step::Join(station, at, whom) => self.join(station, at, whom, now),
            Step::Leave(station, at, whom) => self.leave(station, at, whom, now),
            Step::EndStaff(who, whom) => {
                let device = self.replica(whom)?.device();
                self.act(who, |phone, rng| phone.end_staff(&device, now, rng).ok())
            }
        }
    }

    /// Somebody does something, and what they made is noted.
    pub(super) fn act(
        &mut self,
        who: usize,
        act: impl FnOnce(&mut Replica, &mut Random<'_>) -> Option<Vec<LogEntry>>,
    ) -> Played {
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        let done = act(&mut phone.replica, &mut Random(&mut self.dice)).is_some();
        if !done {
            self.covered.note("refused steps", 1);
        }
        self.note_own(who)
    }

    /// What somebody made since their entries were last looked at.
    pub(super) fn note_own(&mut self, who: usize) -> Played {
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        let made = phone.replica.entries().get(phone.held.len()..);
        for entry in made.ok_or("an entry of one's own is gone")? {
            phone.held.push(self.all.len());
            self.all.push(entry.clone());
        }
        self.check_managed_at(who)
    }

    fn grant(
        &mut self,
        who: usize,
        whom: usize,
        right: Right,
        seed: u64,
        now: UnixMillis,
    ) -> Played {
        let (public, dice) = (self.public(whom)?, &mut Dice::new(seed));
        let terms = Terms {
            until: (seed != 0 && dice.once_in(3)).then_some(UntilDate(20_000)),
            delegate: seed != 0 && dice.once_in(3),
            consent: None,
        };
        let member = Member {
            name: format!("{whom}"),
            role: Role::Nurse,
            organisation: String::new(),
        };
        let all = Compartment::ALL.map(|of| (of, Right::Manage));
        let some = SHARED.map(|of| (of, right));
        let mut rights = match right == Right::Manage && self.wide {
            true => all.to_vec(),
            false => some.to_vec(),
        };
        if seed != 0 && dice.once_in(3) {
            rights.truncate(1);
        }
        self.act(who, |phone, rng| {
            phone
                .grant_on(terms, &public, &member, &rights, now, rng)
                .ok()
        })
    }

    fn revoke(&mut self, who: usize, whom: usize, seed: u64, now: UnixMillis) -> Played {
        let device = self.replica(whom)?.device();
        self.act(who, |phone, rng| {
            let grants = grants_of(phone.ledger()?, &device);
            let grant = Dice::new(seed).pick(&grants).copied()?;
            phone.revoke(&grant, now, rng).ok()
        })
    }

    /// Closes a grant that has an end: one of this person's, or else of the next who holds any.
    fn close(&mut self, who: usize, whom: usize, now: UnixMillis) -> Played {
        let everybody = self.phones.iter().map(|phone| phone.replica.device());
        let mut devices: Vec<DeviceId> = everybody.collect();
        devices.rotate_left(whom.min(self.phones.len()));
        self.act(who, |phone, rng| {
            let ends = |grant: &OperationId| grant_has_end(phone.ledger(), grant);
            let ledger = phone.ledger()?;
            let mut held = devices.iter().flat_map(|device| grants_of(ledger, device));
            let grant = held.find(ends)?;
            phone.close(&grant, now, rng).ok()
        })
    }

    fn remove(&mut self, who: usize, whom: usize, now: UnixMillis) -> Played {
        let device = self.replica(whom)?.device();
        self.act(who, |phone, rng| {
            phone.remove_device(&device, now, rng).ok()
        })
    }
}

/// Who may read a compartment, by this state.
pub(super) fn readers(state: &State, tag: &CompartmentTag) -> BTreeSet<DeviceId> {
    let devices = state.devices().map(|(device, _)| device);
    devices
        .filter(|device| state.may(device, tag, Right::Read))
        .collect()
}

/// What a device's person holds, those of their organisations among it.
fn grants_of(ledger: &Ledger, device: &DeviceId) -> Vec<OperationId> {
    let state = ledger.state();
    let Some(person): Option<MemberId> = state.members_of(device).next() else {
        return Vec::new();
    };
    let held = state.members().find(|(member, _)| *member == person);
    held.map(|(_, grants)| grants.keys().copied().collect())
        .unwrap_or_default()
}

fn grant_has_end(ledger: Option<&Ledger>, grant: &OperationId) -> bool {
    let signed = ledger.and_then(|ledger| ledger.operation(grant));
    matches!(signed.map(|signed| signed.operation()), Some(Operation::Grant(grant)) if grant.until.is_some())
}

pub(super) fn text(error: impl fmt::Display) -> String {
    error.to_string()
}
