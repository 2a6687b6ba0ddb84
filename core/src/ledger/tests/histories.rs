//! Random histories of people who see only part of each other: the same operations, whatever their order, give one state.

use super::*;
use crate::ledger::{
    check::losers,
    graph::{Ended, is_removal},
    operation::UntilDate,
};
use std::collections::BTreeMap;

const PEOPLE: usize = 7;

/// Several people, each with what they have seen.
struct World {
    keys: Vec<DeviceKeys>,
    station: crate::cose::SigningKey,
    seen: Vec<Ledger>,
    all: Vec<SignedOperation>,
    dice: Dice,
    said: BTreeMap<&'static str, usize>,
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let rng = &mut Seeded::new(1);
        let keys: Vec<_> = (0..PEOPLE).map(|_| DeviceKeys::generate(rng)).collect();
        let genesis = genesis_with(&keys[0], 1..=9);
        let begun = Ledger::begin(genesis.clone()).unwrap();
        Self {
            seen: vec![begun; PEOPLE],
            station: crate::cose::SigningKey::from_seed(&[9; 32]),
            all: vec![genesis],
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            keys,
            said: BTreeMap::new(),
        }
    }

    /// The first lets three in who manage everything, and a station; then everybody knows it.
    fn begin(&mut self) {
        let everything: Vec<_> = (1..=9).map(|n| (n, Right::Manage)).collect();
        let to_station = Operation::Grant(Grant {
            grantee: Grantee::Organisation(self.station.public()),
            rights: vec![(tag(2), Right::Write)],
            until: None,
            delegate: false,
            consent: None,
        });
        let mut first: Vec<_> = (1..4).map(|n| grant(&self.keys[n], &everything)).collect();
        first.push(to_station);
        for operation in first {
            let signed = next(&self.seen[0], &operation, &self.keys[0]);
            self.seen[0].apply(signed.clone()).unwrap();
            self.all.push(signed);
        }
        self.seen = vec![self.seen[0].clone(); PEOPLE];
    }

    fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.dice.roll(4) {
                0 => self.meet(),
                _ => self.act(),
            }
        }
    }

    /// One learns what another knows.
    fn meet(&mut self) {
        let (from, to) = (self.dice.roll(PEOPLE), self.dice.roll(PEOPLE));
        let told: Vec<_> = self.seen[from].in_order().into_iter().cloned().collect();
        for operation in told {
            self.seen[to].apply(operation).unwrap();
        }
    }

    fn act(&mut self) {
        let mut who = self.dice.roll(PEOPLE);
        if self.seen[who]
            .state()
            .device(&self.keys[who].id())
            .is_none()
        {
            who = self.dice.roll(4);
        }
        let operation = self.idea(who);
        let by_station = matches!(operation, Operation::StaffJoin { .. })
            || (matches!(operation, Operation::StaffEnd { .. }) && self.dice.roll(2) == 0);
        let ledger = &self.seen[who];
        let signed = if by_station {
            let name = DeviceId::new(self.station.public());
            let (record, heads) = (ledger.record(), ledger.heads());
            let bytes = sign_operation(Some(&record), heads, NOW, &operation, &name, &self.station);
            SignedOperation::parse(&bytes).unwrap()
        } else {
            next(ledger, &operation, &self.keys[who])
        };
        if self.seen[who].apply(signed.clone()).is_ok() {
            *self.said.entry(operation.name()).or_default() += 1;
            self.all.push(signed);
        }
    }

    fn idea(&mut self, who: usize) -> Operation {
        let other = self.keys[self.dice.roll(PEOPLE)].public().clone();
        let compartment = 1 + self.dice.roll(3) as u8;
        match self.dice.roll(12) {
            0..=3 => self.grant(who, other),
            4 => Operation::Rotate {
                epochs: vec![(
                    tag(compartment),
                    EpochId::new([self.dice.roll(250) as u8; 32]),
                )],
            },
            5 => Operation::AddDevice {
                member: self.somebody(who),
                device: other,
            },
            6 | 7 => Operation::RemoveDevice {
                frontier: self.frontier(who, other.id()),
            },
            8 | 9 => self.take_back(who),
            10 => Operation::StaffJoin {
                staff: other,
                until: None,
            },
            _ => Operation::StaffEnd {
                frontiers: vec![self.frontier(who, other.id())],
            },
        }
    }

    fn somebody(&mut self, who: usize) -> MemberId {
        let members: Vec<_> = self.seen[who].state().members().map(|(m, _)| m).collect();
        members[self.dice.roll(members.len())]
    }

    fn grant(&mut self, who: usize, other: crate::device::DevicePublic) -> Operation {
        let state = self.seen[who].state();
        let known = state.members_of(&other.id()).next();
        let grantee = match (self.dice.roll(5), known) {
            (0, _) => Grantee::Organisation(self.station.public()),
            (_, Some(member)) => Grantee::Member(member),
            (_, None) => Grantee::Person(other),
        };
        let all = self.dice.roll(2) == 0;
        let right = Right::ALL[self.dice.roll(5)];
        let rights = match (all, &grantee) {
            (_, Grantee::Organisation(_)) => vec![(tag(2), Right::Write)],
            (true, _) => (1..=9).map(|n| (tag(n), Right::Manage)).collect(),
            (false, _) => vec![(tag(1 + self.dice.roll(3) as u8), right)],
        };
        Operation::Grant(Grant {
            grantee,
            rights,
            until: (self.dice.roll(4) == 0).then_some(UntilDate(20_000)),
            delegate: self.dice.roll(4) == 0,
            consent: None,
        })
    }

    fn take_back(&mut self, who: usize) -> Operation {
        let ledger = &self.seen[who];
        let grants: Vec<_> = ledger
            .in_order()
            .into_iter()
            .filter(|signed| {
                matches!(
                    signed.operation(),
                    Operation::Grant(_) | Operation::Genesis(_)
                )
            })
            .map(SignedOperation::id)
            .collect();
        let grant = grants[self.dice.roll(grants.len())];
        let place = ledger.graph.place(&grant).unwrap();
        let sight = ledger.resolved().sight(&ledger.graph);
        let frontiers = losers(&sight, &[Ended::Grant(place)])
            .into_iter()
            .map(|device| self.frontier(who, device))
            .collect();
        match self.dice.roll(2) {
            0 => Operation::Revoke { grant, frontiers },
            _ => Operation::Close { grant, frontiers },
        }
    }

    fn frontier(&self, who: usize, device: DeviceId) -> Frontier {
        let signed = self.seen[who].in_order();
        let last = signed.iter().rfind(|by| by.signer() == device);
        Frontier {
            device,
            operation: last.map(|operation| operation.id()),
            chunks: Vec::new(),
        }
    }

    /// All of it, in some order that keeps followers behind the followed; anything else waits and is tried again.
    fn together(&mut self) -> Ledger {
        self.one_by_one(|_| ())
    }

    /// The same, with a look at it after each.
    fn one_by_one(&mut self, look: impl Fn(&Ledger)) -> Ledger {
        let mut left: Vec<_> = self.all[1..].to_vec();
        for place in (1..left.len()).rev() {
            let other = self.dice.roll(place + 1);
            left.swap(place, other);
        }
        let mut ledger = Ledger::begin(self.all[0].clone()).unwrap();
        while !left.is_empty() {
            let before = left.len();
            left.retain(|signed| match ledger.apply(signed.clone()) {
                Ok(_) => {
                    look(&ledger);
                    false
                }
                Err(LedgerError::Missing(_)) => true,
                Err(error) => panic!("taken once, refused now: {error}"),
            });
            assert!(left.len() < before, "nothing can follow");
        }
        ledger
    }

    /// Those who manage give themselves and each other up, often at once, and let others in.
    fn quarrel(&mut self, steps: usize) {
        for _ in 0..steps {
            let who = self.dice.roll(4);
            let own = self.keys[who].id();
            let other = self.keys[self.dice.roll(PEOPLE)].id();
            let operation = match self.dice.roll(8) {
                0..=2 => Operation::RemoveDevice {
                    frontier: self.frontier(who, own),
                },
                3 => Operation::RemoveDevice {
                    frontier: self.frontier(who, other),
                },
                4 => self.take_back(who),
                5 | 6 => {
                    let other = self.keys[self.dice.roll(PEOPLE)].public().clone();
                    self.grant(who, other)
                }
                _ => {
                    self.meet();
                    continue;
                }
            };
            let signed = next(&self.seen[who], &operation, &self.keys[who]);
            if self.seen[who].apply(signed.clone()).is_ok() {
                self.all.push(signed);
            }
        }
    }
}

/// What an operation more made of what was decided before is what comes out when all is decided at once.
fn assert_decided_at_once(ledger: &Ledger) {
    let all = Places::all_below(ledger.graph.len());
    assert_eq!(**ledger.resolved(), Resolved::of(&ledger.graph, all));
}

#[test]
fn when_managers_give_up_at_once_every_step_comes_to_what_all_steps_together_come_to() {
    let mut void = 0;
    for seed in 0..120 {
        let mut world = World::new(seed);
        world.begin();
        world.quarrel(30);
        let (one, other) = (world.one_by_one(assert_decided_at_once), world.together());
        assert_eq!(one.state(), other.state(), "seed {seed}");
        assert!(one.resolved().sight(&one.graph).is_managed());
        void += one.state().void().count();
    }
    assert!(void > 100, "{void} void");
}

fn check(seed: u64, steps: usize) -> World {
    let mut world = World::new(seed);
    world.begin();
    world.run(steps);
    let (one, other) = (world.together(), world.together());
    assert_eq!(one.state(), other.state(), "seed {seed}");
    assert_eq!(one.heads(), other.heads(), "seed {seed}");
    assert_eq!(one.owed(), other.owed(), "seed {seed}");
    let decided_at_once = Resolved::of(&one.graph, Places::all_below(one.graph.len()));
    let at_once = State::of(&one.graph, &decided_at_once).unwrap();
    assert_eq!(
        &at_once,
        one.state(),
        "step by step and at once, seed {seed}"
    );
    assert!(
        one.resolved().sight(&one.graph).is_managed(),
        "nobody manages, seed {seed}"
    );
    for seen in &world.seen {
        let then = one.state_at(&seen.heads()).unwrap();
        assert_eq!(then.as_ref(), seen.state(), "seed {seed}");
        assert!(seen.resolved().sight(&seen.graph).is_managed());
    }
    world
}

#[test]
fn whatever_people_do_to_each_other_the_same_operations_give_one_state_and_somebody_manages() {
    let (mut said, mut void, mut removals) = (BTreeMap::new(), 0, 0);
    for seed in 0..150 {
        let mut world = check(seed, 40);
        for (name, count) in &world.said {
            *said.entry(*name).or_insert(0) += count;
        }
        let ledger = world.together();
        void += ledger.state().void().count();
        removals += ledger
            .operations()
            .filter(|signed| is_removal(signed.operation()))
            .count();
    }
    // The histories reach what they are about.
    assert!(
        void > 60 && removals > 150,
        "{void} void, {removals} removals"
    );
    for name in [
        "add-device",
        "grant",
        "revoke",
        "close",
        "rotate",
        "remove-device",
        "staff-join",
        "staff-end",
    ] {
        assert!(said.get(name).is_some_and(|count| *count > 8), "{said:?}");
    }
}
