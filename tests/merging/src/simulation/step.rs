//! What can happen in a history, and which histories there are.

use crate::dice::Dice;
use omamori_core::{compartment::Compartment, ledger::rights::Right};

/// Most devices in a history. The first two are the mother's.
pub(super) const DEVICES: usize = 12;
/// Most devices that begin as a person of their own, the mother among them; the rest join somebody later.
pub(super) const PEOPLE: usize = 8;
/// What is written in.
pub(super) const SHARED: [Compartment; 2] = [Compartment::Care, Compartment::Log];
/// Sticks on which people carry things about.
const STICKS: usize = 3;
/// Organisations.
pub(super) const STATIONS: usize = 2;

/// One thing that happens. Numbers are devices, unless they are called something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody writes something new.
    Say(usize, Compartment),
    /// Somebody replaces one of the things they see.
    Correct(usize, Compartment, u64),
    /// Somebody takes back one of the things they see.
    Retract(usize, Compartment, u64),
    /// The second learns some of what the first knows, in any order and some of it twice.
    Meet(usize, usize, u64),
    /// The second learns some of what the first knows, and snapshots of it in place of what is in them.
    Brief(usize, usize, Compartment, u64),
    /// Some of what somebody knows is copied onto a stick.
    Pack(usize, usize, u64),
    /// What is on a stick is given to somebody, perhaps long after.
    Unpack(usize, usize, u64),
    /// People fall into two groups that hear nothing of each other but by stick.
    Part(u64),
    /// They are together again.
    Mend,
    /// The first lets the second in, perhaps with an end, perhaps to pass it on.
    Grant(usize, usize, Right, u64),
    /// The first takes back one of the grants that the second holds.
    Revoke(usize, usize, u64),
    /// The first says that a grant with an end has ended: the second's, or else that of the next who holds one.
    Close(usize, usize),
    /// The first removes the second.
    Remove(usize, usize),
    /// Two remove each other without having seen it.
    RemoveEachOther(usize, usize),
    /// The first adds the second as a further phone of their own.
    Add(usize, usize),
    /// New keys.
    Rotate(usize, Compartment),
    /// Somebody makes a snapshot.
    Compact(usize, Compartment),
    /// A manager begins a compartment anew.
    Restart(usize, Compartment),
    /// A manager completes what is owed.
    Complete(usize),
    /// A phone goes back to an older backup of itself.
    Restore(usize, u64),
    /// A manager answers for one thing in quarantine.
    Endorse(usize, u64),
    /// The first grants something to an organisation, and meets the last number of its staff.
    Employ(usize, usize, Right, usize),
    /// An organisation, at the device of the second number, certifies the third.
    Join(usize, usize, usize),
    /// An organisation, at the device of the second number, ends the third.
    Leave(usize, usize, usize),
    /// A manager ends somebody of an organisation's staff.
    EndStaff(usize, usize),
}

/// Everything that makes a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// From it comes whatever is not said here: keys, and the order in which things arrive.
    pub seed: u64,
    /// How many devices there are, 3 to 12.
    pub devices: usize,
    /// Do those who manage everything see all nine compartments, or only the two that are written in?
    pub wide: bool,
    /// Is every change tried on a scratch copy, as outside? It takes long, and other tests are about it.
    pub barrier: bool,
    /// What happens.
    pub steps: Vec<Step>,
}

impl History {
    /// The history of a seed, of at most so many steps.
    pub fn of(seed: u64, longest: usize) -> Self {
        let dice = &mut Dice::new(seed);
        // Most are small: they come to the point, and many are played in the time of a large one.
        let large = dice.once_in(8);
        let devices = 3 + dice.below(if large { DEVICES - 2 } else { 4 });
        let (wide, barrier) = (dice.once_in(8), dice.once_in(40));
        let longest = if large { longest } else { longest.div_ceil(2) };
        let length = longest / 4 + dice.below(longest - longest / 4 + 1);
        let mut steps: Vec<Step> = (0..length).map(|_| step(dice, devices)).collect();
        if dice.once_in(4) {
            steps.extend(settling(dice, devices));
        }
        Self {
            seed,
            devices,
            wide,
            barrier,
            steps,
        }
    }

    /// Devices that begin as people of their own.
    pub(super) fn people(&self) -> usize {
        self.devices.min(PEOPLE)
    }
}

/// A manager hears several people out, answers for some of what waits, and somebody goes on from that.
fn settling(dice: &mut Dice, devices: usize) -> Vec<Step> {
    let manager = dice.below(devices.min(4));
    let mut steps: Vec<Step> = (0..4)
        .map(|_| Step::Meet(dice.below(devices), manager, dice.bits()))
        .collect();
    steps.extend((0..2).map(|_| Step::Endorse(manager, dice.bits())));
    steps.push(Step::Meet(manager, dice.below(devices), dice.bits()));
    steps.extend((0..3).map(|_| step(dice, devices)));
    steps
}

fn step(dice: &mut Dice, devices: usize) -> Step {
    let (a, b, seed) = (dice.below(devices), dice.below(devices), dice.bits());
    let compartment = dice.pick(&SHARED).copied().unwrap_or(Compartment::Care);
    let right = dice.pick(&Right::ALL).copied().unwrap_or(Right::Read);
    // Those who manage at first are heard more often: most others may do little.
    let (manager, other) = (dice.below(devices.min(4)), dice.below(devices.min(4)));
    let (stick, station) = (dice.below(STICKS), dice.below(STATIONS));
    match dice.below(48) {
        0..=8 => Step::Say(a, compartment),
        9 | 10 => Step::Correct(a, compartment, seed),
        11..=18 => Step::Meet(a, b, seed),
        19 => Step::Pack(a, stick, seed),
        20 => Step::Unpack(stick, b, seed),
        21 if dice.once_in(2) => Step::Part(seed),
        21 => Step::Mend,
        22..=24 => Step::Grant(manager, b, right, seed),
        25 => Step::Grant(a, b, right, seed),
        26 | 27 => Step::Revoke(manager, b, seed),
        28 if dice.once_in(2) => Step::Close(manager, b),
        28 => Step::RemoveEachOther(manager, other),
        29 => Step::Remove(manager, other),
        30 => Step::Remove(manager, b),
        31 => Step::Add(a, b),
        32 => Step::Rotate(manager, compartment),
        33 => Step::Restore(a, seed),
        34 => Step::Complete(manager),
        35 => Step::Endorse(manager, seed),
        36 => Step::Employ(manager, station, right.min(Right::Confirm), b),
        37 | 38 => Step::Join(station, a, b),
        39 => Step::Leave(0, a, devices - 1),
        40 => Step::EndStaff(manager, devices - 1),
        41 | 42 => Step::Retract(a, compartment, seed),
        43 => Step::Compact(a, compartment),
        44 => Step::Restart(manager, compartment),
        45 | 46 => Step::Brief(a, b, compartment, seed),
        _ if dice.once_in(2) => Step::Leave(station, a, b),
        _ => Step::EndStaff(manager, b),
    }
}
