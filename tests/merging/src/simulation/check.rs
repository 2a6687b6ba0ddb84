//! What must hold at the end, when everybody has learnt everything; and after every step, that somebody manages.

use super::{
    heard::{Oracle, frontiers, owner},
    random::shuffle,
    sealed::reads_by_a_grant,
    travel::Guard,
    words::sayings_of,
    world::{Played, World},
};
use omamori_core::{
    compartment::Compartment,
    id::ChunkId,
    ledger::{
        Ledger, State,
        operation::{Operation, SignedOperation},
        rights::Right,
    },
    log::{EntryKind, ParsedEntry},
    replica::Replica,
    screen::source::Role,
    statement::Statement,
    view::FactView,
};
use std::collections::{BTreeMap, BTreeSet};

impl World {
    pub(super) fn check(&mut self) -> Played {
        let ledger = self.check_told()?;
        self.check_going_on(&ledger)
    }

    /// What everybody made of all they were told.
    pub(super) fn check_told(&mut self) -> Played<Ledger> {
        let ledger = self.replica(0)?.ledger().ok_or("no ledger")?.clone();
        for (number, phone) in self.phones.iter().enumerate() {
            let theirs = phone.replica.ledger().ok_or("no ledger")?;
            if theirs.state() != ledger.state() || theirs.heads() != ledger.heads() {
                return Err(format!("device {number} has another state than others"));
            }
        }
        for who in 0..self.phones.len() {
            self.check_managed_at(who)?;
        }
        self.settle_facts(&ledger);
        let oracle = Oracle::new(self, &ledger);
        self.count(&oracle, ledger.state());
        let void = self.void(ledger.state());
        self.check_seniority(&oracle, &ledger, &void)?;
        let readers = self.check_views(&ledger)?;
        self.check_sealed(&oracle, &ledger)?;
        self.check_heard(&oracle, &readers)?;
        Ok(ledger)
    }

    /// By what this device knows.
    pub(super) fn check_managed_at(&self, who: usize) -> Played {
        let Some(ledger) = self.replica(who)?.ledger() else {
            return Ok(());
        };
        let state = ledger.state();
        let managed = |tag| {
            let mut devices = state.devices();
            devices.any(|(device, _)| {
                state.may(&device, &tag, Right::Manage) && !self.lost.contains(&device)
            })
        };
        match state.compartments().all(managed) {
            true => Ok(()),
            false => Err("a compartment is left without a manager".to_owned()),
        }
    }

    /// Who reads the same sees the same; and a phone that learns all of it anew, in another order, sees it too. One reader
    /// for each compartment.
    fn check_views(&mut self, ledger: &Ledger) -> Played<BTreeMap<Compartment, usize>> {
        let tags: BTreeMap<_, _> = self
            .written
            .iter()
            .map(|w| (w.compartment, w.tag))
            .collect();
        let mut readers = BTreeMap::new();
        for (compartment, tag) in tags {
            let mut first: Option<Seen> = None;
            for number in 0..self.phones.len() {
                let replica = self.replica(number)?;
                if !reads_by_a_grant(ledger.state(), &replica.device(), &tag) {
                    continue;
                }
                let seen = Seen::by(replica, compartment);
                readers.entry(compartment).or_insert(number);
                if first.as_ref().is_some_and(|first| *first != seen) {
                    let difference = first.as_ref().map(|first| first.difference(&seen));
                    return Err(format!(
                        "device {number} sees something else of {compartment} than others: {}",
                        difference.unwrap_or_default()
                    ));
                }
                first.get_or_insert(seen);
            }
            let waiting = first.map_or(0, |seen| seen.waiting.len());
            self.covered.note("quarantined chunks", waiting);
        }
        let anew = self.dice.below(self.phones.len());
        self.check_anew(anew)?;
        self.check_begun_with_snapshots(anew)?;
        Ok(readers)
    }

    fn check_anew(&mut self, number: usize) -> Played {
        let mut entries: Vec<_> = self.phone(0)?.replica.entries().to_vec();
        if self.dice.once_in(2) {
            entries.retain(|entry| entry.kind != EntryKind::Snapshot);
        }
        shuffle(&mut entries, &mut self.dice);
        let batch = 1 + self.dice.below(entries.len());
        let mut anew = self.anew(number)?.replica;
        for part in entries.chunks(batch.max(7)) {
            anew.receive_with(part.to_vec(), &mut Guard(self.barrier));
        }
        let replica = self.replica(number)?;
        let same = replica.view() == anew.view()
            && replica.quarantine() == anew.quarantine()
            && replica.ledger().map(Ledger::state) == anew.ledger().map(Ledger::state);
        match same {
            true => Ok(()),
            false => Err(format!(
                "device {number} sees something else when it learns anew"
            )),
        }
    }

    /// What this history went through.
    fn count(&mut self, oracle: &Oracle<'_>, state: &State) {
        let removals: Vec<&&SignedOperation> = oracle
            .operations()
            .iter()
            .filter(|signed| !frontiers(signed.operation()).is_empty())
            .collect();
        let (mut concurrent, mut mutual) = (0, 0);
        for (place, one) in removals.iter().enumerate() {
            for other in removals.iter().skip(place + 1) {
                let apart = !oracle.had_seen(&one.id(), &other.id())
                    && !oracle.had_seen(&other.id(), &one.id());
                let names = |removal: &SignedOperation, by: &SignedOperation| {
                    let mut named = frontiers(removal.operation()).iter();
                    named.any(|frontier| frontier.device == by.signer())
                };
                concurrent += usize::from(apart);
                mutual += usize::from(apart && names(one, other) && names(other, one));
            }
        }
        let mut branches = 0;
        for signed in oracle.operations() {
            let theirs = oracle.operations().iter();
            branches += usize::from(theirs.clone().any(|other| {
                other.signer() == signed.signer()
                    && other.id() < signed.id()
                    && !oracle.had_seen(&signed.id(), &other.id())
                    && !oracle.had_seen(&other.id(), &signed.id())
            }));
        }
        for signed in oracle.operations() {
            self.covered.note(kind(signed.operation()), 1);
        }
        self.covered.note("concurrent removals", concurrent);
        self.covered.note("mutual removals", mutual);
        self.covered.note("void operations", state.void().count());
        self.covered
            .note("operations beside others of their signer", branches);
        self.covered.note("forked chunks", forks(self));
        let answered = state.compartments().map(|tag| {
            let written = self.written.iter();
            written
                .filter(|w| w.tag == tag && state.is_endorsed(&tag, &w.chunk))
                .count()
        });
        let answered = answered.sum();
        self.covered.note("words answered for", answered);
        let keys = self.phones.iter().filter(|phone| {
            let device = phone.replica.device();
            oracle
                .operations()
                .iter()
                .filter(|signed| owner(signed, &device).is_some())
                .count()
                > 1
        });
        let again = keys.count();
        self.covered.note("keys let in more than once", again);
    }
}

fn forks(world: &World) -> usize {
    let mut places: BTreeMap<_, BTreeSet<ChunkId>> = BTreeMap::new();
    for entry in &world.all {
        if let Ok(ParsedEntry::Chunk(chunk)) = entry.parse() {
            let header = chunk.header();
            let place = (chunk.author(), header.compartment, header.counter);
            places.entry(place).or_default().insert(chunk.id());
        }
    }
    places.values().filter(|chunks| chunks.len() > 1).count()
}

/// What a phone shows of one compartment, but for names and parts: those come from others too.
#[derive(PartialEq)]
struct Seen {
    facts: Vec<FactView>,
    waiting: Vec<(ChunkId, Vec<Statement>)>,
}

impl Seen {
    /// How far apart two are.
    fn difference(&self, other: &Self) -> String {
        let only = |these: &Self, those: &Self| {
            let facts = these.facts.iter();
            let facts = facts.filter(|fact| !those.facts.contains(fact));
            let names = facts.map(|fact| format!("{} {:?}", fact.kind, sayings_of(fact)));
            names.collect::<Vec<_>>().join(", ")
        };
        format!(
            "only there: [{}], only here: [{}]; {} and {} chunks wait for a guardian",
            only(self, other),
            only(other, self),
            self.waiting.len(),
            other.waiting.len()
        )
    }

    fn by(replica: &Replica, compartment: Compartment) -> Self {
        let facts = replica.view().facts.iter();
        let mut facts: Vec<FactView> = facts
            .filter(|fact| fact.compartment == compartment)
            .cloned()
            .collect();
        let fields = facts.iter_mut().flat_map(|fact| fact.fields.values_mut());
        for said in fields
            .flat_map(|field| &mut field.values)
            .flat_map(|value| &mut value.said)
        {
            let confirmed = said.confirmed_by.iter_mut().map(|(author, _)| author);
            for author in confirmed.chain([&mut said.author]) {
                author.name.clear();
                author.role = Role::Guardian;
            }
        }
        let waiting = replica.quarantine().into_iter();
        Self {
            facts,
            waiting: waiting
                .filter(|found| found.compartment == compartment)
                .map(|found| (found.chunk, found.statements))
                .collect(),
        }
    }
}

pub(super) fn kind(operation: &Operation) -> &'static str {
    match operation {
        Operation::Genesis(_) => "genesis",
        Operation::AddDevice { .. } => "add-device",
        Operation::RemoveDevice { .. } => "remove-device",
        Operation::Grant(_) => "grant",
        Operation::Revoke { .. } => "revoke",
        Operation::Close { .. } => "close",
        Operation::Rotate { .. } => "rotate",
        Operation::Endorse { .. } => "endorse",
        Operation::Restart { .. } => "restart",
        Operation::StaffJoin { .. } => "staff-join",
        Operation::StaffEnd { .. } => "staff-end",
    }
}
