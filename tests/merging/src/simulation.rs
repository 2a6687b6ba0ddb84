//! People who let each other in and out, without seeing each other, with phones that are lost, restored and partitioned.
//!
//! A history is a list of steps, made from a seed. Any part of it is a history too: steps that make no sense where they
//! stand do nothing. So a history that fails is shrunk by leaving steps out.

use crate::dice::Dice;
use omamori_core::{
    compartment::Compartment,
    device::DeviceKeys,
    edit::Edit,
    id::{ChunkId, DeviceId, EpochId, MemberId, OperationId},
    ledger::{
        Ledger,
        operation::{Grantee, Operation},
        rights::Right,
    },
    log::{LogEntry, ParsedEntry},
    replica::{Member, Quarantined, Replica},
    screen::source::Role,
    statement::{Fields, How, Value},
    time::UnixMillis,
    view::View,
};
use rand_core::{TryCryptoRng, TryRng};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fmt,
};

/// Devices in a history. The first two are the mother's; each other one begins as a person of its own.
pub const DEVICES: usize = 12;
/// Devices that are people of their own at first: the rest join somebody later.
const PEOPLE: usize = 8;
const SHARED: [Compartment; 2] = [Compartment::Care, Compartment::Log];

/// One thing that happens. Numbers are devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody writes.
    Say(usize, Compartment),
    /// The second learns some of what the first knows, in any order and some of it twice.
    Meet(usize, usize, u64),
    /// The first lets the second in.
    Grant(usize, usize, Right),
    /// The first takes back what the second holds.
    Revoke(usize, usize),
    /// The first removes the second.
    Remove(usize, usize),
    /// The first adds the second as a further phone of their own.
    Add(usize, usize),
    /// New keys.
    Rotate(usize, Compartment),
    /// A manager completes what is owed.
    Complete(usize),
    /// A phone goes back to an older backup of itself.
    Restore(usize, u64),
    /// A manager answers for the first thing in quarantine.
    Endorse(usize),
}

/// What histories went through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covered(pub BTreeMap<&'static str, usize>);

impl Covered {
    fn note(&mut self, what: &'static str, count: usize) {
        *self.0.entry(what).or_default() += count;
    }

    /// Adds another history's.
    pub fn add(&mut self, other: &Self) {
        other
            .0
            .iter()
            .for_each(|(what, count)| self.note(what, *count));
    }
}

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.iter().map(|(what, count)| format!("{what} {count}"));
        f.write_str(&parts.by_ref().collect::<Vec<_>>().join(", "))
    }
}

/// The steps of a seed.
pub fn steps(seed: u64, count: usize) -> Vec<Step> {
    let dice = &mut Dice::new(seed);
    (0..count).map(|_| step(dice)).collect()
}

fn step(dice: &mut Dice) -> Step {
    let (a, b) = (dice.below(DEVICES), dice.below(DEVICES));
    let compartment = dice.pick(&SHARED).copied().unwrap_or(Compartment::Care);
    let right = dice.pick(&Right::ALL).copied().unwrap_or(Right::Read);
    // Those who manage at first are heard more often: most others may do little.
    let manager = dice.below(4);
    match dice.below(20) {
        0..=5 => Step::Say(a, compartment),
        6..=10 => Step::Meet(a, b, dice.bits()),
        11 | 12 => Step::Grant(manager, b, right),
        13 => Step::Revoke(manager, b),
        14 => Step::Remove(manager, dice.below(4)),
        15 => Step::Remove(manager, b),
        16 => Step::Add(a, b),
        17 => Step::Rotate(manager, compartment),
        18 => Step::Restore(a, dice.bits()),
        _ if dice.once_in(2) => Step::Complete(manager),
        _ => Step::Endorse(manager),
    }
}

/// Plays a history to its end and checks what must hold.
///
/// # Errors
/// What did not hold.
pub fn play(seed: u64, steps: &[Step]) -> Result<Covered, String> {
    let mut world = World::begin(seed)?;
    for step in steps {
        world.take(*step)?;
    }
    world.gather()?;
    world.check()?;
    Ok(world.covered)
}

/// As few of these steps as still fail.
pub fn shrunk(seed: u64, steps: &[Step]) -> (Vec<Step>, String) {
    let mut kept = steps.to_vec();
    let mut why = play(seed, &kept).err().unwrap_or_default();
    let mut size = kept.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < kept.len() {
            let mut fewer = kept.clone();
            fewer.drain(from..(from + size).min(kept.len()));
            match play(seed, &fewer) {
                Err(error) => (kept, why) = (fewer, error),
                Ok(_) => from += size,
            }
        }
        size /= 2;
    }
    (kept, why)
}

/// What somebody wrote.
struct Written {
    text: String,
    author: DeviceId,
    compartment: Compartment,
    heads: Vec<OperationId>,
    epoch: EpochId,
    chunk: ChunkId,
}

struct World {
    dice: Dice,
    phones: Vec<Replica>,
    written: Vec<Written>,
    /// What was in sight of whoever removed its author.
    in_sight: Vec<(OperationId, usize)>,
    covered: Covered,
    clock: i64,
}

type Played<T = ()> = Result<T, String>;

impl World {
    fn begin(seed: u64) -> Played<Self> {
        let mut dice = Dice::new(!seed);
        let now = UnixMillis(1_790_000_000_000);
        let keys = DeviceKeys::generate(&mut Random(&mut dice));
        let (mother, _) = Replica::create(keys, "母", now, &mut Random(&mut dice)).map_err(text)?;
        let record = mother.record();
        let mut phones = vec![mother];
        for _ in 1..DEVICES {
            let keys = DeviceKeys::generate(&mut Random(&mut dice));
            phones.push(Replica::join(keys, record));
        }
        let mut world = Self {
            dice,
            phones,
            written: Vec::new(),
            in_sight: Vec::new(),
            covered: Covered::default(),
            clock: now.0,
        };
        world.take(Step::Add(0, 1))?;
        for person in 2..4 {
            world.take(Step::Grant(0, person, Right::Manage))?;
        }
        for person in 4..PEOPLE - 1 {
            world.take(Step::Grant(0, person, Right::Write))?;
        }
        for phone in 1..DEVICES {
            world.take(Step::Meet(0, phone, 0))?;
        }
        Ok(world)
    }

    fn now(&mut self) -> UnixMillis {
        self.clock += 60_000;
        UnixMillis(self.clock)
    }

    /// A step that makes no sense here, or that whoever takes it may not take, does nothing.
    fn take(&mut self, step: Step) -> Played {
        let now = self.now();
        match step {
            Step::Say(who, compartment) => self.say(who, compartment, now),
            Step::Meet(from, to, seed) => self.meet(from, to, seed),
            Step::Restore(who, seed) => self.restore(who, seed),
            Step::Grant(who, whom, right) => {
                let public = self.phone(whom)?.keys().public().clone();
                let name = format!("{whom}");
                self.act(who, "grants", |phone, rng| {
                    let member = Member {
                        name,
                        role: Role::Nurse,
                        organisation: String::new(),
                    };
                    let all = Compartment::ALL.map(|of| (of, Right::Manage));
                    let some = SHARED.map(|of| (of, right));
                    let rights = if right == Right::Manage {
                        all.as_slice()
                    } else {
                        some.as_slice()
                    };
                    phone.grant(&public, &member, rights, now, rng).ok()
                })
            }
            Step::Add(who, whom) => {
                let public = self.phone(whom)?.keys().public().clone();
                self.act(who, "devices added", |phone, rng| {
                    phone.add_device(&public, "もう一台", now, rng).ok()
                })
            }
            Step::Revoke(who, whom) => {
                let device = self.phone(whom)?.device();
                self.act(who, "grants revoked", |phone, rng| {
                    let grant = a_grant_of(phone.ledger()?, &device)?;
                    phone.revoke(&grant, now, rng).ok()
                })?;
                self.note_sight(who, &[device])
            }
            Step::Remove(who, whom) => {
                let device = self.phone(whom)?.device();
                self.act(who, "devices removed", |phone, rng| {
                    phone.remove_device(&device, now, rng).ok()
                })?;
                self.note_sight(who, &[device])
            }
            Step::Rotate(who, compartment) => self.act(who, "rotations", |phone, rng| {
                phone.rotate(&[compartment], now, rng).ok()
            }),
            Step::Complete(who) => self.act(who, "completions", |phone, rng| {
                phone
                    .complete(now, rng)
                    .ok()
                    .filter(|made| !made.is_empty())
            }),
            Step::Endorse(who) => self.act(who, "endorsements", |phone, rng| {
                let chunk = phone.quarantine().first()?.chunk;
                phone.endorse(&[chunk], now, rng).ok()
            }),
        }
    }

    fn phone(&self, who: usize) -> Played<&Replica> {
        self.phones
            .get(who)
            .ok_or_else(|| format!("no device {who}"))
    }

    fn act(
        &mut self,
        who: usize,
        what: &'static str,
        act: impl FnOnce(&mut Replica, &mut Random<'_>) -> Option<Vec<LogEntry>>,
    ) -> Played {
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        if act(phone, &mut Random(&mut self.dice)).is_some() {
            self.covered.note(what, 1);
        }
        Ok(())
    }

    fn say(&mut self, who: usize, compartment: Compartment, now: UnixMillis) -> Played {
        let text = format!("{}-{who}", self.written.len());
        let edit = Edit::Add {
            compartment,
            kind: "must-never".to_owned(),
            fields: Fields::from([("text".to_owned(), Value::Text(text.clone()))]),
            how: How::default(),
        };
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        let Ok(entries) = phone.edit(&[edit], now, &mut Random(&mut self.dice)) else {
            return Ok(());
        };
        let chunk = entries.iter().rev().find_map(|entry| match entry.parse() {
            Ok(ParsedEntry::Chunk(chunk)) => Some(chunk),
            _ => None,
        });
        let chunk = chunk.ok_or("an edit without a chunk")?;
        self.written.push(Written {
            text,
            author: phone.device(),
            compartment,
            heads: chunk.header().heads.clone(),
            epoch: chunk.header().epoch,
            chunk: chunk.id(),
        });
        self.covered.note("edits", 1);
        Ok(())
    }

    /// Seed 0: everything, in order.
    fn meet(&mut self, from: usize, to: usize, seed: u64) -> Played {
        let dice = &mut Dice::new(seed);
        let mut told = self.phone(from)?.entries().to_vec();
        if seed != 0 {
            shuffle(&mut told, dice);
            if dice.once_in(3) {
                told.truncate(told.len() * 2 / 3);
                self.covered.note("losses", 1);
            }
            let twice: Vec<_> = told.iter().take(3).cloned().collect();
            told.extend(twice);
        }
        let phone = self.phones.get_mut(to).ok_or("no such device")?;
        let received = phone.receive(told);
        match received.refused.first() {
            Some(refused) => Err(format!(
                "device {to} refused an honest entry: {}",
                refused.why
            )),
            None => Ok(()),
        }
    }

    fn restore(&mut self, who: usize, seed: u64) -> Played {
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        let secret = phone.keys().to_secret_bytes();
        let keys = DeviceKeys::from_secret_bytes(secret.as_slice()).map_err(text)?;
        let kept = Dice::new(seed).below(phone.entries().len() + 1);
        let mut restored = Replica::join(keys, phone.record());
        restored.receive(phone.entries().iter().take(kept).cloned().collect());
        // What the phone sent before it was lost is somewhere.
        let lost = std::mem::replace(phone, restored);
        if let Some(carrier) = self.phones.get_mut(0).filter(|_| who != 0) {
            carrier.receive(lost.entries().to_vec());
        } else if let Some(carrier) = self.phones.get_mut(1) {
            carrier.receive(lost.entries().to_vec());
        }
        self.covered.note("restored backups", 1);
        Ok(())
    }

    /// What the remover had of the removed: it must stay.
    fn note_sight(&mut self, who: usize, removed: &[DeviceId]) -> Played {
        let phone = self.phones.get(who).ok_or("no such device")?;
        let Some(ledger) = phone.ledger() else {
            return Ok(());
        };
        let own = ledger.in_order().into_iter().rev().find(|signed| {
            signed.signer() == phone.device()
                && matches!(
                    signed.operation(),
                    Operation::Revoke { .. } | Operation::RemoveDevice { .. }
                )
        });
        let Some(removal) = own.map(|signed| signed.id()) else {
            return Ok(());
        };
        let shown = texts(phone.view());
        for (place, written) in self.written.iter().enumerate() {
            if removed.contains(&written.author) && shown.contains_key(&written.text) {
                self.in_sight.push((removal, place));
            }
        }
        Ok(())
    }

    /// Everybody learns everything, managers complete what is owed, and everybody learns that.
    fn gather(&mut self) -> Played {
        self.spread()?;
        for round in 0.. {
            let mut made = false;
            for phone in 0..self.phones.len() {
                let now = self.now();
                let phone = self.phones.get_mut(phone).ok_or("no such device")?;
                let completed = phone.complete(now, &mut Random(&mut self.dice));
                made |= completed.is_ok_and(|entries| !entries.is_empty());
            }
            self.spread()?;
            if !made {
                return Ok(());
            }
            if round > 4 {
                return Err("what is owed is never completed".to_owned());
            }
        }
        Ok(())
    }

    fn spread(&mut self) -> Played {
        for from in 0..DEVICES {
            self.meet(from, 0, 0)?;
        }
        for to in 1..DEVICES {
            let seed = self.dice.bits() | 1 << 63;
            self.meet(0, to, seed)?;
            self.meet(0, to, 0)?;
        }
        Ok(())
    }

    fn check(&mut self) -> Played {
        let first = self.phone(0)?.ledger().ok_or("no ledger")?.clone();
        self.covered.note("operations", first.operations().count());
        self.covered
            .note("void operations", first.state().void().count());
        for (number, phone) in self.phones.iter().enumerate() {
            let ledger = phone.ledger().ok_or("no ledger")?;
            if ledger.state() != first.state() {
                return Err(format!(
                    "device {number} has another state than the mother's"
                ));
            }
        }
        self.check_managed(&first)?;
        self.check_views(&first)?;
        self.check_sealed(&first)?;
        self.check_heard(&first)
    }

    fn check_managed(&self, ledger: &Ledger) -> Played {
        let state = ledger.state();
        for tag in state.compartments() {
            let managed = state
                .devices()
                .any(|(device, _)| state.may(&device, &tag, Right::Manage));
            if !managed {
                return Err("a compartment is left without a manager".to_owned());
            }
        }
        match ledger.owed().as_slice() {
            [] => Ok(()),
            owed => Err(format!("{} rotations are still owed", owed.len())),
        }
    }

    /// Who reads the same sees the same; and a phone that learns all of it anew, in another order, sees it too.
    fn check_views(&mut self, ledger: &Ledger) -> Played {
        let entries = self.phone(0)?.entries().to_vec();
        let mut seen: Option<(View, Vec<Quarantined>)> = None;
        for number in 0..DEVICES {
            let phone = self.phone(number)?;
            let reads_all = ledger
                .state()
                .compartments()
                .all(|tag| ledger.state().may(&phone.device(), &tag, Right::Read));
            if !reads_all {
                continue;
            }
            let secret = phone.keys().to_secret_bytes();
            let keys = DeviceKeys::from_secret_bytes(secret.as_slice()).map_err(text)?;
            let mut anew = Replica::join(keys, phone.record());
            let mut shuffled = entries.clone();
            shuffle(&mut shuffled, &mut self.dice);
            for part in shuffled.chunks(7) {
                anew.receive(part.to_vec());
            }
            let phone = self.phone(number)?;
            let found = (phone.view().clone(), phone.quarantine());
            if found != (anew.view().clone(), anew.quarantine()) {
                return Err(format!(
                    "device {number} sees something else when it learns anew"
                ));
            }
            let first = seen.get_or_insert_with(|| found.clone());
            if *first != found {
                return Err(format!("device {number} sees something else than others"));
            }
        }
        let quarantined = seen.map_or(0, |(_, quarantine)| quarantine.len());
        self.covered.note("quarantined chunks", quarantined);
        Ok(())
    }

    /// Nobody reads what was sealed by somebody who had seen that they may not.
    fn check_sealed(&self, ledger: &Ledger) -> Played {
        for phone in &self.phones {
            let device = phone.device();
            for written in &self.written {
                let then = ledger.state_at(&written.heads).map_err(text)?;
                let tag = then
                    .compartments()
                    .find(|tag| then.has_epoch(tag, &written.epoch))
                    .ok_or("sealed under an unknown key")?;
                let shut_out = then.known_device(&device).is_some()
                    && then.right(&device, &tag).is_none()
                    && ledger.state().right(&device, &tag).is_none()
                    && !let_in_unseen(ledger, &written.heads, &device);
                let document = phone.document(written.compartment);
                let reads = document.is_some_and(|document| {
                    document
                        .statements()
                        .iter()
                        .any(|said| is_text(said, &written.text))
                });
                if shut_out && reads {
                    return Err(format!("a removed device reads {}", written.text));
                }
            }
        }
        Ok(())
    }

    /// Whoever was never removed is heard; and so is whoever was, as far as the remover had seen.
    fn check_heard(&mut self, ledger: &Ledger) -> Played {
        let (mother, state) = (self.phone(0)?, ledger.state());
        let reader = (0..DEVICES)
            .filter_map(|number| self.phones.get(number))
            .find(|phone| {
                phone.readable().len() == Compartment::ALL.len() && {
                    let tags = state.compartments();
                    let mut tags = tags;
                    tags.all(|tag| state.may(&phone.device(), &tag, Right::Read))
                }
            })
            .unwrap_or(mother);
        let shown = texts(reader.view());
        let waiting: Vec<ChunkId> = reader
            .quarantine()
            .iter()
            .map(|found| found.chunk)
            .collect();
        let touched = touched(ledger);
        for (place, written) in self.written.iter().enumerate() {
            let is_shown = shown.contains_key(&written.text);
            if !is_shown && !waiting.contains(&written.chunk) && state.void().next().is_none() {
                let endorsed = state
                    .compartments()
                    .any(|tag| state.is_endorsed(&tag, &written.chunk));
                if !endorsed {
                    return Err(format!(
                        "{} is neither shown nor in quarantine",
                        written.text
                    ));
                }
            }
            if !is_shown && !touched.contains(&written.author) && state.void().next().is_none() {
                return Err(format!(
                    "{} is not shown, and nobody removed its author",
                    written.text
                ));
            }
            let seen_by = self.in_sight.iter().filter(|(_, of)| *of == place);
            let mut seen_by = seen_by.map(|(removal, _)| removal).peekable();
            let only = touched_by(ledger, &written.author);
            let all_saw = seen_by.peek().is_some()
                && only
                    .iter()
                    .all(|removal| self.in_sight.contains(&(*removal, place)));
            if !is_shown
                && all_saw
                && state.void().next().is_none()
                && !self.has_forked(&written.author)
            {
                return Err(format!(
                    "{} was seen by the remover and is hidden",
                    written.text
                ));
            }
        }
        let hidden = self.written.len()
            - self
                .written
                .iter()
                .filter(|w| shown.contains_key(&w.text))
                .count();
        self.covered.note("hidden statements", hidden);
        Ok(())
    }

    fn has_forked(&self, author: &DeviceId) -> bool {
        self.phones.iter().any(|phone| {
            phone
                .integrity()
                .forks
                .iter()
                .any(|fork| fork.author == *author)
        })
    }
}

/// Devices that any removal ever named.
/// Did somebody let this device in again without the author of these heads knowing? Then it was rightly handed all keys, and its
/// removal, unseen by whoever let it in, came too late for what was sealed before.
fn let_in_unseen(ledger: &Ledger, heads: &[OperationId], device: &DeviceId) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), heads.to_vec());
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            let parents = ledger
                .operation(&id)
                .map(|signed| signed.parents().to_vec());
            open.extend(parents.unwrap_or_default());
        }
    }
    let lets_in = |operation: &Operation| match operation {
        Operation::AddDevice { device: added, .. } => added.id() == *device,
        Operation::Grant(grant) => match &grant.grantee {
            Grantee::Person(person) => person.id() == *device,
            Grantee::Member(_) => true,
            Grantee::Organisation(_) => false,
        },
        _ => false,
    };
    ledger
        .operations()
        .any(|signed| !seen.contains(&signed.id()) && lets_in(signed.operation()))
}

fn touched(ledger: &Ledger) -> Vec<DeviceId> {
    ledger
        .operations()
        .flat_map(|signed| named(signed.operation()))
        .collect()
}

fn touched_by(ledger: &Ledger, device: &DeviceId) -> Vec<OperationId> {
    ledger
        .operations()
        .filter(|signed| named(signed.operation()).contains(device))
        .map(|signed| signed.id())
        .collect()
}

fn named(operation: &Operation) -> Vec<DeviceId> {
    match operation {
        Operation::RemoveDevice { frontier } => vec![frontier.device],
        Operation::Revoke { frontiers, .. } => {
            frontiers.iter().map(|frontier| frontier.device).collect()
        }
        _ => Vec::new(),
    }
}

fn a_grant_of(ledger: &Ledger, device: &DeviceId) -> Option<OperationId> {
    let state = ledger.state();
    let person: MemberId = state.members_of(device).next()?;
    let (_, grants) = state.members().find(|(member, _)| *member == person)?;
    grants.keys().next().copied()
}

fn texts(view: &View) -> BTreeMap<String, usize> {
    let mut texts = BTreeMap::new();
    let values = view
        .facts
        .iter()
        .filter_map(|fact| fact.fields.get("text"))
        .flat_map(|field| &field.values);
    for value in values {
        if let Value::Text(text) = &value.value {
            *texts.entry(text.clone()).or_default() += 1;
        }
    }
    texts
}

fn is_text(said: &omamori_core::statement::Statement, text: &str) -> bool {
    use omamori_core::statement::Body;
    matches!(&said.body, Body::Set { fields, .. }
        if matches!(fields.get("text"), Some(Value::Text(found)) if found == text))
}

fn shuffle<T>(things: &mut [T], dice: &mut Dice) {
    for place in (1..things.len()).rev() {
        things.swap(place, dice.below(place + 1));
    }
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}

/// Randomness that is the same in every run. For histories, never for keys that guard anything.
struct Random<'a>(&'a mut Dice);

impl TryRng for Random<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.0.bits() >> 32).unwrap_or_default())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(8) {
            let bits = self.0.bits().to_be_bytes();
            part.iter_mut().zip(bits).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

impl TryCryptoRng for Random<'_> {}
