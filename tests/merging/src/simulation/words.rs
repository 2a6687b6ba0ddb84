//! What people say, correct and take back, and what a guardian says again for somebody who said it too late.

use super::{
    random::Random,
    sealed::reads_by_a_grant,
    world::{Played, World, readers},
};
use crate::dice::Dice;
use omamori_core::{
    compartment::Compartment,
    edit::Edit,
    id::{ChunkId, CompartmentTag, DeviceId, OperationId},
    ledger::{Ledger, rights::Right},
    log::{LogEntry, ParsedEntry},
    sealed::ChunkHeader,
    statement::{Body, FactId, Fields, How, Statement, StatementId, Value},
    time::UnixMillis,
    view::{FactView, Said},
};
use std::collections::BTreeSet;

/// What everybody writes about.
pub(super) const KIND: &str = "must-never";

/// What somebody wrote.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) id: StatementId,
    pub(super) fact: FactId,
    /// Of a retraction, the reason. Empty if a guardian says again only that something holds.
    pub(super) text: String,
    pub(super) retracts: bool,
    pub(super) at: UnixMillis,
    pub(super) author: DeviceId,
    pub(super) compartment: Compartment,
    pub(super) tag: CompartmentTag,
    pub(super) chunk: ChunkId,
    pub(super) heads: Vec<OperationId>,
    /// What it replaces, or takes back.
    pub(super) replaces: BTreeSet<StatementId>,
    /// Retractions that it says otherwise.
    pub(super) answers: BTreeSet<StatementId>,
    /// Who could read it, by what its author's device made of the ledger.
    pub(super) readers: BTreeSet<DeviceId>,
    /// By a guardian, for somebody who said it too late.
    pub(super) again: bool,
}

impl Written {
    /// What this statement says, in a chunk with this header.
    pub(super) fn new(
        said: &Statement,
        (author, compartment): (DeviceId, Compartment),
        (chunk, header): (ChunkId, &ChunkHeader),
        readers: BTreeSet<DeviceId>,
    ) -> Self {
        let meant = Meant::of(&said.body);
        Self {
            id: said.id,
            fact: said.fact.clone(),
            text: text_of(said).unwrap_or_default().to_owned(),
            retracts: matches!(said.body, Body::Retract { .. }),
            at: said.said_at,
            author,
            compartment,
            tag: header.compartment,
            chunk,
            heads: header.heads.clone(),
            replaces: meant.replaces,
            answers: meant.answers,
            readers,
            again: false,
        }
    }
}

/// What a statement refers to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Meant {
    replaces: BTreeSet<StatementId>,
    answers: BTreeSet<StatementId>,
}

impl Meant {
    fn of(body: &Body) -> Self {
        match body {
            Body::Set {
                supersedes, again, ..
            } => Self {
                replaces: supersedes.values().flatten().copied().collect(),
                answers: again.iter().copied().collect(),
            },
            Body::Retract { covers, .. } => Self {
                replaces: covers.iter().copied().collect(),
                ..Self::default()
            },
            Body::Confirm { .. } => Self::default(),
        }
    }

    /// Whoever says something else of this fact replaces what it shows, and answers who took it back.
    fn correcting(fact: &FactView) -> Self {
        let retractions = fact.retractions().iter();
        Self {
            replaces: shown(fact).map(|said| said.statement).collect(),
            answers: retractions.map(|of| of.said.statement).collect(),
        }
    }

    /// Whoever takes this fact back covers what it shows, and who said it again.
    fn retracting(fact: &FactView) -> Self {
        let shown = shown(fact).map(|said| said.statement);
        Self {
            replaces: shown.chain(fact.again.iter().copied()).collect(),
            ..Self::default()
        }
    }
}

impl World {
    pub(super) fn say(&mut self, who: usize, compartment: Compartment, now: UnixMillis) -> Played {
        let edit = Edit::Add {
            compartment,
            kind: KIND.to_owned(),
            fields: fields(&self.next_text(who)),
            how: How::default(),
        };
        self.write(who, &edit, &Meant::default(), "edits", now)
    }

    pub(super) fn correct(
        &mut self,
        who: usize,
        compartment: Compartment,
        seed: u64,
        now: UnixMillis,
    ) -> Played {
        let replica = self.replica(who)?;
        if replica.right(compartment) < Some(Right::Write) {
            return Ok(());
        }
        let Some(fact) = self.fact_seen(who, compartment, seed)? else {
            return Ok(());
        };
        let edit = Edit::Set {
            compartment,
            fact: fact.id.clone(),
            fields: fields(&self.next_text(who)),
            clear: Vec::new(),
            how: How::default(),
        };
        self.write(who, &edit, &Meant::correcting(&fact), "corrections", now)
    }

    /// Also by whoever may only add: then it takes back their own words, and nobody else's.
    pub(super) fn retract(
        &mut self,
        who: usize,
        compartment: Compartment,
        seed: u64,
        now: UnixMillis,
    ) -> Played {
        let Some(fact) = self.fact_seen(who, compartment, seed)? else {
            return Ok(());
        };
        let edit = Edit::Retract {
            compartment,
            fact: fact.id.clone(),
            reason: self.next_text(who),
            how: How::default(),
        };
        self.write(who, &edit, &Meant::retracting(&fact), "retractions", now)
    }

    /// One of the facts that somebody has in front of them, those that were taken back among them.
    fn fact_seen(
        &self,
        who: usize,
        compartment: Compartment,
        seed: u64,
    ) -> Played<Option<FactView>> {
        let view = self.replica(who)?.view();
        let facts: Vec<&FactView> = view.of_kind(compartment, KIND).collect();
        Ok(Dice::new(seed).pick(&facts).copied().cloned())
    }

    fn next_text(&self, who: usize) -> String {
        format!("{}-{who}", self.written.len())
    }

    fn write(
        &mut self,
        who: usize,
        edit: &Edit,
        meant: &Meant,
        what: &str,
        now: UnixMillis,
    ) -> Played {
        let compartment = edit.compartment();
        let before = self.said_before(who, compartment)?;
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        let made = phone
            .replica
            .edit(std::slice::from_ref(edit), now, &mut Random(&mut self.dice));
        self.note_own(who)?;
        let Ok(entries) = made else {
            self.covered.note("refused steps", 1);
            return Ok(());
        };
        let new = self.said_since(who, compartment, &before)?;
        let [said] = new.as_slice() else {
            return Err(format!("an edit that says {} things", new.len()));
        };
        if Meant::of(&said.body) != *meant {
            return Err("an edit replaces something else than its author saw".to_owned());
        }
        let written = self.written_by(who, compartment, said, &entries)?;
        self.written.push(written);
        self.covered.note(what, 1);
        Ok(())
    }

    /// What somebody said in the last of these chunks.
    pub(super) fn written_by(
        &self,
        who: usize,
        compartment: Compartment,
        said: &Statement,
        entries: &[LogEntry],
    ) -> Played<Written> {
        let chunk = entries.iter().rev().find_map(|entry| match entry.parse() {
            Ok(ParsedEntry::Chunk(chunk)) => Some(chunk),
            _ => None,
        });
        let chunk = chunk.ok_or("an edit without a chunk")?;
        let replica = self.replica(who)?;
        let ledger = replica.ledger().ok_or("no ledger")?;
        let header = chunk.header();
        let readers = readers(ledger.state(), &header.compartment);
        let by = (replica.device(), compartment);
        Ok(Written::new(said, by, (chunk.id(), header), readers))
    }

    pub(super) fn said_before(
        &self,
        who: usize,
        compartment: Compartment,
    ) -> Played<BTreeSet<StatementId>> {
        let said = self.said_since(who, compartment, &BTreeSet::new())?;
        Ok(said.iter().map(|said| said.id).collect())
    }

    pub(super) fn said_since(
        &self,
        who: usize,
        compartment: Compartment,
        before: &BTreeSet<StatementId>,
    ) -> Played<Vec<Statement>> {
        let document = self.replica(who)?.document(compartment);
        let said = document.map_or(&[][..], |document| document.statements());
        let new = said.iter().filter(|said| !before.contains(&said.id));
        Ok(new.cloned().collect())
    }

    /// Words that came before what they follow began a fact, as far as anybody could tell who replaced them then.
    pub(super) fn settle_facts(&mut self, ledger: &Ledger) {
        for written in &mut self.written {
            let mut readers = self.phones.iter().filter(|phone| {
                let device = phone.replica.device();
                reads_by_a_grant(ledger.state(), &device, &written.tag)
            });
            let found = readers.find_map(|phone| {
                let document = phone.replica.document(written.compartment)?;
                let mut said = document.statements().iter();
                said.find(|said| said.id == written.id)
            });
            if let Some(said) = found {
                written.fact.clone_from(&said.fact);
            }
        }
    }

    /// A guardian says again what somebody said too late: this one, or else the next for whom something waits.
    pub(super) fn endorse(&mut self, who: usize, seed: u64, now: UnixMillis) -> Played {
        let who = self.next_who_may_answer(who).unwrap_or(who);
        let waiting = self.replica(who)?.quarantine();
        let Some(found) = Dice::new(seed).pick(&waiting) else {
            return Ok(());
        };
        let compartment = found.compartment;
        let before = self.said_before(who, compartment)?;
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        let rng = &mut Random(&mut self.dice);
        let made = phone.replica.endorse(&[found.chunk], now, rng);
        self.note_own(who)?;
        let Ok(entries) = made else {
            self.covered.note("refused steps", 1);
            return Ok(());
        };
        let again = self.said_since(who, compartment, &before)?;
        check_answer(&found.statements, &again)?;
        for said in &again {
            // What follows it, the note in the ledger, changes nobody's rights.
            let written = self.written_by(who, compartment, said, &entries)?;
            self.written.push(Written {
                again: true,
                ..written
            });
        }
        Ok(())
    }

    fn next_who_may_answer(&self, who: usize) -> Option<usize> {
        let everybody = self.phones.iter().enumerate();
        let from = everybody.cycle().skip(who).take(self.phones.len());
        let mut answering = from.filter(|(_, phone)| {
            let waiting = phone.replica.quarantine();
            let mut waiting = waiting.iter().map(|found| found.compartment);
            waiting.any(|of| phone.replica.right(of) == Some(Right::Manage))
        });
        answering.next().map(|(who, _)| who)
    }
}

/// Whoever answers for words says them, in place of all that they replaced; only of several at once those are left out that
/// others of them replace. A retraction is not said again where nobody sees what it takes back.
fn check_answer(late: &[Statement], again: &[Statement]) -> Played {
    let said = |old: &Statement| again.iter().find(|new| text_of(new) == text_of(old));
    let outdated: BTreeSet<StatementId> = late
        .iter()
        .flat_map(|other| Meant::of(&other.body).replaces)
        .collect();
    for old in late.iter().filter(|old| !outdated.contains(&old.id)) {
        let (retracts, meant) = (
            matches!(old.body, Body::Retract { .. }),
            Meant::of(&old.body),
        );
        match said(old) {
            Some(new) if Meant::of(&new.body).replaces.is_superset(&meant.replaces) => {}
            Some(_) => return Err("an answer replaces less than what it answers for".to_owned()),
            None if retracts => {}
            None => return Err("an answer that says nothing".to_owned()),
        }
    }
    Ok(())
}

pub(super) fn fields(text: &str) -> Fields {
    Fields::from([("text".to_owned(), Value::Text(text.to_owned()))])
}

/// The words of a statement: a text, or why something does not hold.
pub(super) fn text_of(said: &Statement) -> Option<&str> {
    match &said.body {
        Body::Set { fields, .. } => match fields.get("text") {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        },
        Body::Retract { reason, .. } => Some(reason),
        Body::Confirm { .. } => None,
    }
}

/// Who says what a fact shows.
fn shown(fact: &FactView) -> impl Iterator<Item = &Said> {
    let values = fact.fields.get("text").map(|field| field.values.as_slice());
    let values = values.unwrap_or_default().iter();
    values.flat_map(|value| &value.said)
}

/// The texts that a fact shows, each with everybody who says it.
pub(super) fn sayings_of(fact: &FactView) -> Vec<(String, DeviceId)> {
    let values = fact.fields.get("text").map(|field| field.values.as_slice());
    let sayings = values.unwrap_or_default().iter().filter_map(|shown| {
        let Value::Text(text) = &shown.value else {
            return None;
        };
        let said = shown.said.iter();
        Some(said.map(|said| (text.clone(), said.author.device)))
    });
    sayings.flatten().collect()
}
