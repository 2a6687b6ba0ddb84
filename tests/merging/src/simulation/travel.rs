//! How word gets around: people meet, carry sticks, fall apart and come together, and phones go back to old backups.

use super::{
    random::{Random, shuffle},
    world::{Phone, Played, World, text},
};
use crate::dice::Dice;
use omamori_core::{
    barrier::{Candidate, Scratch, Trial, TrialError},
    device::DeviceKeys,
    log::LogEntry,
    replica::Replica,
};
use std::collections::BTreeSet;

/// The barrier, or nothing: what honest devices made passes it, and other tests show that nothing else does.
pub(super) struct Guard(pub(super) bool);

impl Trial for Guard {
    fn run(&mut self, candidate: &Candidate<'_>) -> Result<(), TrialError> {
        if self.0 {
            Scratch.run(candidate)
        } else {
            Ok(())
        }
    }
}

impl World {
    /// Two meet, if they are in one group.
    pub(super) fn meet(&mut self, from: usize, to: usize, seed: u64) -> Played {
        if self.keeps_apart(from, to) {
            return Ok(());
        }
        let told = self.phone(from)?.held.clone();
        self.tell_some(told, to, seed)
    }

    pub(super) fn keeps_apart(&mut self, one: usize, other: usize) -> bool {
        let group = |who: usize| {
            self.apart
                .is_some_and(|groups| groups >> (who % 64) & 1 == 1)
        };
        let apart = group(one) != group(other);
        self.covered
            .note("meetings that a partition kept apart", usize::from(apart));
        apart
    }

    pub(super) fn pack(&mut self, who: usize, stick: usize, seed: u64) -> Played {
        let mut copied = self.phone(who)?.held.clone();
        let dice = &mut Dice::new(seed);
        if dice.once_in(2) {
            copied.truncate(dice.below(copied.len() + 1));
        }
        self.sticks.entry(stick).or_default().extend(copied);
        Ok(())
    }

    pub(super) fn unpack(&mut self, stick: usize, whom: usize, seed: u64) -> Played {
        let Some(told) = self.sticks.remove(&stick) else {
            return Ok(());
        };
        self.covered.note("sticks carried", 1);
        self.tell_some(told, whom, seed)
    }

    /// Some of it is lost, some comes twice, and nothing in order.
    pub(super) fn tell_some(&mut self, mut told: Vec<usize>, to: usize, seed: u64) -> Played {
        let dice = &mut Dice::new(seed);
        let known: BTreeSet<usize> = self.phone(to)?.held.iter().copied().collect();
        let mut again: Vec<usize> = told.iter().copied().filter(|n| known.contains(n)).collect();
        told.retain(|n| !known.contains(n));
        let in_order = told.clone();
        shuffle(&mut told, dice);
        shuffle(&mut again, dice);
        self.covered
            .note("meetings out of order", usize::from(told != in_order));
        if dice.once_in(3) {
            told.truncate(told.len() * 2 / 3);
            self.covered.note("meetings with losses", 1);
        }
        let new = told.len();
        told.extend(again.into_iter().take(3));
        let twice: Vec<usize> = told.iter().take(2).copied().collect();
        let repeated = told.len() - new + twice.len();
        self.covered.note("entries told twice", repeated);
        told.extend(twice);
        self.tell(&told, to)
    }

    /// All that one knows and the other does not, in the order in which the first learnt it.
    pub(super) fn tell_all(&mut self, from: usize, to: usize) -> Played {
        let known: BTreeSet<usize> = self.phone(to)?.held.iter().copied().collect();
        let mut told = self.phone(from)?.held.clone();
        told.retain(|n| !known.contains(n));
        self.tell(&told, to)
    }

    pub(super) fn tell(&mut self, told: &[usize], to: usize) -> Played {
        let guard = &mut Guard(self.barrier);
        let phone = self.phones.get_mut(to).ok_or("no such device")?;
        let entries = told.iter().filter_map(|n| self.all.get(*n)).cloned();
        let received = phone.replica.receive_with(entries.collect(), guard);
        if let Some(refused) = received.refused.first() {
            let why = &refused.why;
            return Err(format!("device {to} refused an honest entry: {why}"));
        }
        let mut known: BTreeSet<usize> = phone.held.iter().copied().collect();
        let new = told.iter().filter(|n| known.insert(**n));
        phone.held.extend(new);
        if phone.held.len() != phone.replica.entries().len() {
            return Err(format!("device {to} keeps something else than it was told"));
        }
        self.check_managed_at(to)
    }

    pub(super) fn restore(&mut self, who: usize, seed: u64) -> Played {
        let (phone, dice) = (self.phone(who)?, &mut Dice::new(seed));
        let kept = dice.below(phone.held.len() + 1);
        let mut backup: Vec<usize> = phone.held.iter().take(kept).copied().collect();
        if dice.once_in(2) {
            let opened = |entry: &LogEntry| phone.replica.is_accepted(entry) == Some(true);
            backup = self.shorter(&backup, opened);
        }
        let restored = self.anew(who)?;
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        let lost = std::mem::replace(phone, restored);
        // What the phone sent before it was lost is somewhere.
        let carrier = usize::from(who == 0);
        self.covered.note("restored backups", 1);
        self.tell(&backup, who)?;
        let known: BTreeSet<usize> = self.phone(carrier)?.held.iter().copied().collect();
        let mut sent = lost.held;
        sent.retain(|n| !known.contains(n));
        self.tell(&sent, carrier)
    }

    /// The same device with nothing on it but its keys.
    pub(super) fn anew(&self, who: usize) -> Played<Phone> {
        let replica = self.replica(who)?;
        let secret = replica.keys().to_secret_bytes();
        let keys = DeviceKeys::from_secret_bytes(secret.as_slice()).map_err(text)?;
        Ok(Phone {
            replica: Replica::join(keys, replica.record()),
            held: Vec::new(),
        })
    }

    /// Everybody learns everything, managers complete what is owed, and everybody learns that.
    pub(super) fn gather(&mut self) -> Played {
        self.apart = None;
        self.spread()?;
        for _ in 0..5 {
            let before = self.all.len();
            for who in 0..self.phones.len() {
                let now = self.now();
                let phone = self.phones.get_mut(who).ok_or("no such device")?;
                // Whoever may not do it, or has no key to do it with, leaves it to others.
                if let Ok(made) = phone.replica.complete(now, &mut Random(&mut self.dice)) {
                    self.covered
                        .note("entries made to complete what was owed", made.len());
                }
                self.note_own(who)?;
            }
            if self.all.len() == before {
                return Ok(());
            }
            self.spread()?;
        }
        Err("what is owed is never completed".to_owned())
    }

    pub(super) fn spread(&mut self) -> Played {
        for from in 1..self.phones.len() {
            self.tell_all(from, 0)?;
        }
        for to in 1..self.phones.len() {
            let known: BTreeSet<usize> = self.phone(to)?.held.iter().copied().collect();
            let mut told = self.phone(0)?.held.clone();
            told.retain(|n| !known.contains(n));
            shuffle(&mut told, &mut self.dice);
            let half = told.len() / 2;
            if self.dice.once_in(2) {
                self.tell(told.get(..half).unwrap_or_default(), to)?;
                self.tell(told.get(half..).unwrap_or_default(), to)?;
            } else {
                self.tell(&told, to)?;
            }
        }
        Ok(())
    }
}
