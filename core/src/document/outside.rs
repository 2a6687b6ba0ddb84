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
    cose::sha256,
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
}

/// The actor under which statements of a change are named while another change of its author holds its place:
/// the first 16 bytes of `SHA-256("omamori/1/displaced" ‖ change)`.
fn alias(change: &ChangeId) -> ActorId {
    let hash = sha256(&[b"omamori/1/displaced", change.as_bytes()]);
    let mut short = [0; ActorId::LEN];
    short.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    ActorId::new(short)
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
            .filter_map(|id| self.outside(id))
            .collect()
    }

    /// The change outside the document that says what is heard under this id.
    fn outside(&self, id: &StatementId) -> Option<ChangeId> {
        let hearing = Hearing::new(self);
        let says = |read: &&&ReadChange| {
            let place = read.place();
            let counts = (place.start..=place.end).contains(&id.counter);
            let named = if hearing.displaced.contains(&read.id) {
                alias(&read.id)
            } else {
                place.actor
            };
            counts && named == id.actor
        };
        let mut outside = hearing.outside.values().flatten();
        outside.find(says).map(|read| read.id)
    }
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

/// One round of listening to everything.
struct Hearing<'a> {
    document: &'a CompartmentDocument,
    /// Changes outside the document, by author, in the order of their claims.
    outside: HashMap<ActorId, Vec<&'a ReadChange>>,
    /// Those of them that are not heard.
    displaced: HashSet<ChangeId>,
    /// The changes behind names that [`alias`] gave or may have given.
    aliases: HashMap<ActorId, ChangeId>,
}

impl<'a> Hearing<'a> {
    fn new(document: &'a CompartmentDocument) -> Self {
        let mut reads: Vec<&ReadChange> = document.pool.values().map(|p| &p.read).collect();
        reads.sort_by_key(|read| read.claim());
        let mut outside: HashMap<ActorId, Vec<&ReadChange>> = HashMap::new();
        for read in reads {
            outside.entry(read.draft.actor).or_default().push(read);
        }
        let mut displaced = HashSet::new();
        for (actor, reads) in &outside {
            displace(document, actor, reads, &mut displaced);
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
        let displaced = self.outside.iter().filter(|(_, reads)| {
            let mut ids = reads.iter().map(|read| read.id);
            ids.any(|id| self.displaced.contains(&id))
        });
        let actors: BTreeSet<ActorId> = forked.chain(displaced.map(|(actor, _)| *actor)).collect();
        let of = |actor: ActorId| {
            let inside = self.document.history.of_actor(&actor).copied();
            let outside = self.outside.get(&actor).into_iter().flatten();
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
        for read in self.outside.values().flatten() {
            by_change.insert(read.id, read.statements.iter().collect());
        }
        let parents: Vec<(&ReadChange, Vec<ChangeId>)> = self
            .outside
            .values()
            .flatten()
            .map(|read| (*read, read.parents()))
            .collect();
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

    /// The changes whose statements may bear this id.
    fn candidates(&self, id: &StatementId) -> impl Iterator<Item = ChangeId> {
        let inside = self.document.history.find(id).copied();
        let renamed = self.aliases.get(&id.actor).copied();
        let outside = self.outside.get(&id.actor).into_iter().flatten();
        let covers = |read: &&&ReadChange| {
            let place = read.place();
            (place.start..=place.end).contains(&id.counter)
        };
        let outside = outside.filter(covers).map(|read| read.id);
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
    for read in reads {
        let follows_displaced = read.draft.follows.iter().any(|id| {
            let known = displaced.contains(id);
            known && reads.iter().any(|other| other.id == *id)
        });
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
