//! What is heard although it cannot go into the Automerge document: changes that wait for one that never came, and changes that
//! follow one whose place another holds. And which references count.
//!
//! - A change that waits is heard at once: one lost chunk must not silence what was said after it.
//! - Of a forked author the document's branch is heard. What others said after the other branch is heard too.
//! - A reference counts if the change it points into lies before its own ([`super::ancestry`]). Where two changes of a fork
//!   claim the same statement ids, it points into the one its author saw; statements of a branch that is not heard have ids
//!   of their own ([`alias`]), so nobody's answer to one branch ever lands on the other.
//!
//! All of it is a function of the set of changes, whatever their order.

use super::{
    CompartmentDocument,
    ancestry::{self, Lines, Node, Seen},
    cells,
};
use crate::{
    cose::short_hash,
    id::{ActorId, ChangeId},
    statement::{Body, FactId, NewStatement, Statement, StatementId},
    validator::ReadChange,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What is heard where that is not simply what the document says.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// Ascending by id.
    pub(super) said: Vec<Statement>,
    /// Statements of branches that are not heard, under ids of their own; ascending.
    pub(super) displaced: Vec<Statement>,
    /// Which change outside the document says what, and its place in its author's sequence.
    pub(super) outside: HashMap<StatementId, (ChangeId, u64)>,
}

/// The actor under which statements of a change are named while another change of its author holds its place:
/// the first 16 bytes of `SHA-256("omamori/1/displaced" ‖ change)`.
fn alias(change: &ChangeId) -> ActorId {
    ActorId::new(short_hash(&[b"omamori/1/displaced", change.as_bytes()]))
}

impl CompartmentDocument {
    /// Works out again what is heard, after `new` statements went into the document.
    pub(super) fn listen(&mut self, new: &[ReadChange]) {
        let plain = self.heard.is_none() && self.pool.is_empty() && self.forks.is_empty();
        if plain && new.iter().all(|read| self.plainly_refers(read)) {
            return;
        }
        self.heard = Hearing::new(self).hear();
    }

    /// After loading.
    pub(super) fn listen_to_all(&mut self) {
        self.heard = Hearing::new(self).hear();
    }

    /// Does it refer to nothing but its author's own words, what it directly follows, and facts by their first statement?
    fn plainly_refers(&self, read: &ReadChange) -> bool {
        // Whoever names what they do not follow may point ahead, even into their own later words.
        if !read
            .draft
            .statements
            .iter()
            .all(|cells| cells::seen(cells).is_empty())
        {
            return false;
        }
        let near = |id: &StatementId| {
            id.actor == read.draft.actor
                || self
                    .history
                    .find(id)
                    .is_some_and(|change| read.draft.follows.contains(change))
        };
        read.statements.iter().all(|statement| {
            let begins = match &statement.fact {
                FactId::Said(id) if *id != statement.id => {
                    near(id)
                        && self
                            .statement(id)
                            .is_some_and(|first| first.fact == FactId::Said(*id))
                }
                _ => true,
            };
            begins
                && references(&statement.body).all(|id| near(id) && self.history.find(id).is_some())
        })
    }

    fn statement(&self, id: &StatementId) -> Option<&Statement> {
        let place = self
            .statements
            .binary_search_by_key(id, |statement| statement.id)
            .ok()?;
        self.statements.get(place)
    }

    /// The changes outside the document that a new statement refers to: it must name them, because it does not follow them.
    pub(super) fn refers_outside(&self, new: &NewStatement) -> BTreeSet<ChangeId> {
        if self.pool.is_empty() {
            return BTreeSet::new();
        }
        let fact = match &new.fact {
            Some(FactId::Said(id)) => Some(id),
            _ => None,
        };
        references(&new.body)
            .chain(fact)
            .flat_map(|id| self.outside(id))
            .collect()
    }

    /// The change outside the document that says what is heard under this id. If that never came, those that speak of it: from
    /// them alone it is known.
    fn outside(&self, id: &StatementId) -> Vec<ChangeId> {
        let heard = self.heard.as_ref();
        let said = heard.and_then(|heard| heard.outside.get(id));
        match said {
            Some((change, _)) => vec![*change],
            None if self.history.find(id).is_some() => Vec::new(),
            None => {
                let reads = self.pool.values().map(|pooled| &pooled.read);
                let speak = reads.filter(|read| read.statements.iter().any(|it| speaks_of(it, id)));
                speak.map(|read| read.id).collect()
            }
        }
    }

    /// The change that says what is heard under this id, and its place in its author's sequence.
    pub(crate) fn said_in(&self, id: &StatementId) -> Option<(ChangeId, u64)> {
        let inside = self.history.find(id);
        let inside = inside.and_then(|change| Some((*change, self.history.get(change)?.sequence)));
        inside.or_else(|| self.heard.as_ref()?.outside.get(id).copied())
    }

    /// The change that holds this place in an actor's sequence (from 1).
    pub(crate) fn at(&self, actor: &ActorId, sequence: u64) -> Option<ChangeId> {
        self.history.at(actor, sequence).copied()
    }
}

fn speaks_of(statement: &Statement, id: &StatementId) -> bool {
    statement.fact == FactId::Said(*id) || references(&statement.body).any(|of| of == id)
}

fn references(body: &Body) -> impl Iterator<Item = &StatementId> {
    let (supersedes, rest): (Option<&BTreeMap<_, Vec<_>>>, &[StatementId]) = match body {
        Body::Set {
            supersedes, again, ..
        } => (Some(supersedes), again),
        Body::Retract { covers, .. } => (None, covers),
        Body::Confirm { target } => (None, std::slice::from_ref(target)),
    };
    supersedes
        .into_iter()
        .flat_map(BTreeMap::values)
        .flatten()
        .chain(rest)
}

/// One author's changes outside the document.
#[derive(Default)]
struct Session<'a> {
    /// In the order of their claims.
    reads: Vec<&'a ReadChange>,
    /// The farthest counter up to each of them.
    reach: Vec<u64>,
}

impl<'a> Session<'a> {
    fn push(&mut self, read: &'a ReadChange) {
        let before = self.reach.last().copied().unwrap_or_default();
        self.reach.push(before.max(read.place().end));
        self.reads.push(read);
    }

    /// Those that say something under this counter.
    fn at(&self, counter: u64) -> impl Iterator<Item = &'a ReadChange> {
        let first = self.reach.partition_point(|reach| *reach < counter);
        let end = self
            .reads
            .partition_point(|read| read.draft.start <= counter);
        let reads = self.reads.get(first..end).unwrap_or_default().iter();
        reads
            .copied()
            .filter(move |read| counter <= read.place().end)
    }
}

/// One round of listening to everything.
struct Hearing<'a> {
    document: &'a CompartmentDocument,
    /// Changes outside the document, by author.
    outside: HashMap<ActorId, Session<'a>>,
    /// Those of them that are not heard.
    displaced: HashSet<ChangeId>,
    /// The changes behind names that [`alias`] gave or may have given.
    aliases: HashMap<ActorId, ChangeId>,
}

impl<'a> Hearing<'a> {
    fn new(document: &'a CompartmentDocument) -> Self {
        let mut reads: Vec<&ReadChange> = document.pool.values().map(|p| &p.read).collect();
        reads.sort_by_key(|read| read.claim());
        let mut outside: HashMap<ActorId, Session<'_>> = HashMap::new();
        for read in reads {
            outside.entry(read.draft.actor).or_default().push(read);
        }
        let mut displaced = HashSet::new();
        for (actor, session) in &outside {
            displace(document, actor, &session.reads, &mut displaced);
        }
        let mut hearing = Self {
            document,
            outside,
            displaced,
            aliases: HashMap::new(),
        };
        hearing.aliases = hearing.aliases();
        hearing
    }

    /// Every change of an author who has two names for something.
    fn aliases(&self) -> HashMap<ActorId, ChangeId> {
        let forked = self.document.forks.keys().map(|(actor, _)| *actor);
        let displaced = self.outside.iter().filter(|(_, session)| {
            let mut ids = session.reads.iter().map(|read| read.id);
            ids.any(|id| self.displaced.contains(&id))
        });
        let actors: BTreeSet<ActorId> = forked.chain(displaced.map(|(actor, _)| *actor)).collect();
        let of = |actor: ActorId| {
            let inside = self.document.history.of_actor(&actor).copied();
            let outside = self.outside.get(&actor).into_iter();
            let outside = outside.flat_map(|session| &session.reads);
            inside
                .chain(outside.map(|read| read.id))
                .collect::<Vec<_>>()
        };
        let changes = actors.into_iter().flat_map(of);
        changes.map(|change| (alias(&change), change)).collect()
    }

    /// `None` if what is heard is what the document says.
    fn hear(&self) -> Option<Heard> {
        let mut by_change: HashMap<ChangeId, Vec<&'a Statement>> = HashMap::new();
        for statement in &self.document.statements {
            if let Some(change) = self.document.history.find(&statement.id) {
                by_change.entry(*change).or_default().push(statement);
            }
        }
        for read in self.reads() {
            by_change.insert(read.id, read.statements.iter().collect());
        }
        let parents: Vec<(&ReadChange, Vec<ChangeId>)> =
            self.reads().map(|read| (read, read.parents())).collect();
        let inside = self.document.history.nodes();
        let outside = parents.iter().map(|(read, parents)| Node {
            id: read.id,
            actor: read.draft.actor,
            parents,
        });
        let nodes: Vec<Node<'_>> = inside.chain(outside).collect();
        let mut heard = Listening::default();
        ancestry::walk(&nodes, |change, lines, seen| {
            let sight = Sight {
                hearing: self,
                lines,
                seen,
            };
            for statement in by_change.get(change).into_iter().flatten() {
                heard.hear(change, statement, &sight);
            }
        });
        heard.outcome(self.document)
    }

    fn reads(&self) -> impl Iterator<Item = &'a ReadChange> {
        let sessions = self.outside.values();
        sessions.flat_map(|session| session.reads.iter().copied())
    }

    /// The changes whose statements may bear this id.
    fn candidates(&self, id: &StatementId) -> impl Iterator<Item = ChangeId> {
        let inside = self.document.history.find(id).copied();
        let renamed = self.aliases.get(&id.actor).copied();
        let outside = self.outside.get(&id.actor).into_iter();
        let outside = outside.flat_map(|session| session.at(id.counter));
        let outside = outside.map(|read| read.id);
        inside.into_iter().chain(renamed).chain(outside)
    }

    /// The name under which a change's statement is heard.
    fn name(&self, change: &ChangeId, counter: u64, actor: ActorId) -> StatementId {
        let actor = match self.aliases.get(&actor) {
            Some(_) => self.actor_of(change).unwrap_or(actor),
            None => actor,
        };
        let actor = if self.displaced.contains(change) {
            alias(change)
        } else {
            actor
        };
        StatementId { counter, actor }
    }

    fn actor_of(&self, change: &ChangeId) -> Option<ActorId> {
        let inside = self.document.history.get(change).map(|place| place.actor);
        let pooled = self.document.pool.get(change);
        inside.or(pooled.map(|pooled| pooled.read.draft.actor))
    }
}

/// Of an author's changes outside the document, those that claim a place or ids that another holds, and what follows those.
/// The document's come first, then the smaller claims.
fn displace(
    document: &CompartmentDocument,
    actor: &ActorId,
    reads: &[&ReadChange],
    displaced: &mut HashSet<ChangeId>,
) {
    let newest = document.history.newest(actor);
    let end = newest
        .and_then(|(_, id)| document.history.get(id))
        .map_or(0, |place| place.end);
    let mut last = (newest.map_or(0, |(sequence, _)| sequence), end);
    let own: HashSet<ChangeId> = reads.iter().map(|read| read.id).collect();
    for read in reads {
        let mut follows = read.draft.follows.iter();
        let follows_displaced = follows.any(|id| displaced.contains(id) && own.contains(id));
        let place = read.place();
        if follows_displaced || place.sequence <= last.0 || place.start <= last.1 {
            displaced.insert(read.id);
        } else {
            last = (place.sequence, place.end);
        }
    }
}

/// What was heard so far. Most statements are heard as they were said, and need no copy.
#[derive(Default)]
struct Listening {
    /// Statements of the document that are heard as something else.
    otherwise: HashMap<StatementId, Statement>,
    outside: Vec<Statement>,
    displaced: Vec<Statement>,
    said_in: HashMap<StatementId, (ChangeId, u64)>,
    /// The facts of statements that begin none.
    facts: HashMap<StatementId, FactId>,
}

impl Listening {
    fn hear(&mut self, change: &ChangeId, said: &Statement, sight: &Sight<'_, '_>) {
        let document = sight.hearing.document;
        let is_inside = document.history.get(change).is_some();
        let begins = said.fact == FactId::Said(said.id);
        if is_inside && begins && references(&said.body).next().is_none() && sight.is_sole(said) {
            return;
        }
        let statement = sight.resolve(change, said, &self.facts);
        if statement.fact != FactId::Said(statement.id) {
            self.facts.insert(statement.id, statement.fact.clone());
        }
        if let Some(pooled) = document.pool.get(change) {
            let place = (*change, pooled.read.draft.sequence);
            self.said_in.insert(statement.id, place);
        }
        if sight.hearing.displaced.contains(change) {
            self.displaced.push(statement);
        } else if !is_inside {
            self.outside.push(statement);
        } else if statement != *said {
            self.otherwise.insert(said.id, statement);
        }
    }

    /// `None` if all is heard as the document says it.
    fn outcome(mut self, document: &CompartmentDocument) -> Option<Heard> {
        if self.otherwise.is_empty() && self.outside.is_empty() && self.displaced.is_empty() {
            return None;
        }
        let inside = document.statements.iter();
        let mut said: Vec<Statement> = inside
            .map(|said| {
                self.otherwise
                    .remove(&said.id)
                    .unwrap_or_else(|| said.clone())
            })
            .chain(self.outside)
            .collect();
        said.sort_by_key(|statement| statement.id);
        self.displaced.sort_by_key(|statement| statement.id);
        Some(Heard {
            said,
            displaced: self.displaced,
            outside: self.said_in,
        })
    }
}

/// What one change's author could see.
struct Sight<'a, 'w> {
    hearing: &'w Hearing<'a>,
    lines: &'w Lines,
    seen: &'w Seen,
}

impl Sight<'_, '_> {
    /// A statement as it is heard: under its name, with the references that count.
    fn resolve(
        &self,
        change: &ChangeId,
        statement: &Statement,
        facts: &HashMap<StatementId, FactId>,
    ) -> Statement {
        let StatementId { counter, actor } = statement.id;
        let id = self.hearing.name(change, counter, actor);
        Statement {
            id,
            fact: self.fact(statement, id, facts),
            kind: statement.kind.clone(),
            body: self.body(&statement.body, id),
            how: statement.how.clone(),
            said_at: statement.said_at,
        }
    }

    /// Does its author speak under one name only?
    fn is_sole(&self, said: &Statement) -> bool {
        !self.hearing.aliases.contains_key(&said.id.actor)
    }

    /// The fact a statement is about. One that its author cannot have seen is not meant: two changes of a fork may have begun
    /// two facts under one id, and what was said of one must not land on the other.
    fn fact(
        &self,
        statement: &Statement,
        id: StatementId,
        facts: &HashMap<StatementId, FactId>,
    ) -> FactId {
        let said = match &statement.fact {
            FactId::Said(said) if *said == statement.id => return FactId::Said(id),
            FactId::Said(said) => said,
            only @ FactId::Only(_) => return only.clone(),
        };
        match self.reference(said) {
            // It may have been said of a later statement of the fact.
            Some(first) => facts.get(&first).cloned().unwrap_or(FactId::Said(first)),
            None if self.hearing.candidates(said).next().is_none() => statement.fact.clone(),
            None => FactId::Said(id),
        }
    }

    fn body(&self, body: &Body, id: StatementId) -> Body {
        match body {
            Body::Set {
                fields,
                supersedes,
                again,
            } => Body::Set {
                fields: fields.clone(),
                supersedes: supersedes
                    .iter()
                    .map(|(field, seen)| (field.clone(), self.references(seen)))
                    .filter(|(_, seen)| !seen.is_empty())
                    .collect(),
                again: self.references(again),
            },
            Body::Retract { reason, covers } => Body::Retract {
                reason: reason.clone(),
                covers: self.references(covers),
            },
            // Nothing that its author saw is confirmed; itself means the same.
            Body::Confirm { target } => Body::Confirm {
                target: self.reference(target).unwrap_or(id),
            },
        }
    }

    fn references(&self, ids: &[StatementId]) -> Vec<StatementId> {
        ids.iter().filter_map(|id| self.reference(id)).collect()
    }

    /// What a reference points at, by the name it is heard under. `None` if its author cannot have seen it.
    fn reference(&self, id: &StatementId) -> Option<StatementId> {
        let hearing = self.hearing;
        let change = hearing
            .candidates(id)
            .find(|change| self.lines.lies_in(change, self.seen))?;
        Some(hearing.name(&change, id.counter, id.actor))
    }
}
