//! From statements to what stands.
//!
//! - A value stands until somebody with the right replaces it; a replacement without the right leaves both.
//! - A retraction covers the statements its author saw. One that it does not cover stands beside it: contested.
//! - Saying again answers the retractions that its author saw, and only those.
//! - A confirmation stands on exactly one statement, and lapses as soon as any part of that is replaced or retracted.

use super::{
    facts::{Counted, Counting, Standings},
    members::Members,
};
use crate::{
    compartment::Compartment,
    screen::source::{Role, Standing},
    statement::{Body, FactId, Fields, Statement, StatementId, UnixMillis, Value, Way},
    view::{
        Author, Authority, FactView, FieldView, Presence, Retraction, Right, Said, ValueView, View,
    },
};
use std::collections::{BTreeMap, HashMap};

impl View {
    /// The record as it stands: a pure function of the statements and of who may say what.
    pub fn build(documents: &[(Compartment, &[Statement])], authority: &impl Authority) -> Self {
        let counted: Vec<_> = documents
            .iter()
            .map(|(compartment, statements)| {
                (
                    *compartment,
                    Counting::new(*compartment, statements, authority),
                )
            })
            .collect();
        let members = Members::of(&counted, authority);
        let mut facts: Vec<_> = counted
            .iter()
            .flat_map(|(compartment, counting)| {
                Builder::new(*compartment, counting, &members).facts()
            })
            .collect();
        facts.sort_by_cached_key(|(first, fact)| {
            (
                fact.compartment,
                fact.kind.clone(),
                Order::of(fact),
                *first,
                fact.id.clone(),
            )
        });
        Self {
            facts: facts.into_iter().map(|(_, fact)| fact).collect(),
        }
    }
}

/// The `order` field, a decimal number; facts without one come last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    At(OrderedDecimal),
    Last,
}

#[derive(PartialEq)]
struct OrderedDecimal(f64);

impl Eq for OrderedDecimal {}

impl PartialOrd for OrderedDecimal {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedDecimal {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Order {
    fn of(fact: &FactView) -> Self {
        let first = fact
            .fields
            .get("order")
            .and_then(|field| field.values.first());
        match first.map(|value| &value.value) {
            Some(Value::Text(text)) => text
                .parse()
                .map_or(Self::Last, |number| Self::At(OrderedDecimal(number))),
            _ => Self::Last,
        }
    }
}

/// Builds the facts of one compartment.
struct Builder<'a> {
    compartment: Compartment,
    counting: &'a Counting<'a>,
    members: &'a Members,
    confirmations: HashMap<StatementId, Vec<(Author, UnixMillis)>>,
}

impl<'a> Builder<'a> {
    fn new(compartment: Compartment, counting: &'a Counting<'a>, members: &'a Members) -> Self {
        let mut builder = Self {
            compartment,
            counting,
            members,
            confirmations: HashMap::new(),
        };
        builder.confirmations = builder.confirmations();
        builder
    }

    /// Signed confirmations, ascending by id.
    fn confirmations(&self) -> HashMap<StatementId, Vec<(Author, UnixMillis)>> {
        let mut sorted: Vec<&Counted<'_>> = self.counting.by_id.values().collect();
        sorted.sort_by_key(|counted| counted.statement.id);
        let mut confirmations: HashMap<_, Vec<_>> = HashMap::new();
        for counted in sorted
            .into_iter()
            .filter(|counted| counted.right >= Right::Confirm)
        {
            let Body::Confirm { target } = counted.statement.body else {
                continue;
            };
            let author = self.members.author(self.compartment, counted.device);
            if is_professional(author.role) {
                confirmations
                    .entry(target)
                    .or_default()
                    .push((author, counted.statement.said_at));
            }
        }
        confirmations
    }

    fn facts(&self) -> Vec<(StatementId, FactView)> {
        self.counting
            .facts()
            .into_iter()
            .filter_map(|(id, said)| self.fact(id, &said))
            .collect()
    }

    fn fact(&self, id: &FactId, said: &[Counted<'a>]) -> Option<(StatementId, FactView)> {
        let first = said.first()?.statement;
        let kind = match id {
            FactId::Only(kind) => kind.clone(),
            FactId::Said(_) => first.kind.clone(),
        };
        let standings = Standings::new(said);
        let fact = FactView {
            id: id.clone(),
            compartment: self.compartment,
            kind,
            fields: self.fields(said, &standings),
            presence: self.presence(said, &standings),
            again: says_again(said, &standings),
        };
        Some((first.id, fact))
    }

    fn fields(
        &self,
        said: &[Counted<'a>],
        standings: &Standings<'a>,
    ) -> BTreeMap<String, FieldView> {
        let mut fields: BTreeMap<String, FieldView> = BTreeMap::new();
        for counted in said {
            let Body::Set { fields: set, .. } = &counted.statement.body else {
                continue;
            };
            for (name, value) in set
                .iter()
                .filter(|(name, _)| standings.stands(counted.statement.id, name))
            {
                let field = fields
                    .entry(name.clone())
                    .or_insert_with(|| FieldView { values: Vec::new() });
                let said = self.said(counted, standings);
                match field.values.iter_mut().find(|known| known.value == *value) {
                    Some(known) => known.said.push(said),
                    None => field.values.push(ValueView {
                        value: value.clone(),
                        said: vec![said],
                    }),
                }
            }
        }
        fields
    }

    fn presence(&self, said: &[Counted<'a>], standings: &Standings<'a>) -> Presence {
        let retractions: Vec<_> = standings
            .retractions
            .iter()
            .map(|counted| self.retraction(counted, standings))
            .collect();
        let says_otherwise = |counted: &&Counted<'a>| {
            !standings.covered.contains_key(&counted.statement.id)
                && matches!(&counted.statement.body, Body::Set { fields, again, .. }
                    if !again.is_empty() || stands_in_part(fields, counted.statement.id, standings))
        };
        match (
            retractions.is_empty(),
            said.iter().any(|counted| says_otherwise(&counted)),
        ) {
            (true, _) => Presence::Present,
            (false, true) => Presence::Contested(retractions),
            (false, false) => Presence::Retracted(retractions),
        }
    }

    fn retraction(&self, counted: &Counted<'a>, standings: &Standings<'a>) -> Retraction {
        let reason = match &counted.statement.body {
            Body::Retract { reason, .. } => reason.clone(),
            Body::Set { .. } | Body::Confirm { .. } => String::new(),
        };
        Retraction {
            reason,
            said: self.said(counted, standings),
        }
    }

    fn said(&self, counted: &Counted<'a>, standings: &Standings<'a>) -> Said {
        let statement = counted.statement;
        let confirmed_by = match self.confirmations.get(&statement.id) {
            Some(by) if !standings.is_touched(statement) => by.clone(),
            _ => Vec::new(),
        };
        let standing = match (confirmed_by.is_empty(), statement.how.way) {
            (false, _) => Standing::Confirmed,
            (true, Way::Transcribed) => Standing::Transcribed,
            (true, Way::Observed | Way::Told) => Standing::Plain,
        };
        Said {
            statement: statement.id,
            author: self.members.author(self.compartment, counted.device),
            at: statement.said_at,
            how: statement.how.clone(),
            standing,
            confirmed_by,
        }
    }
}

fn stands_in_part(fields: &Fields, id: StatementId, standings: &Standings<'_>) -> bool {
    fields
        .keys()
        .any(|field| !standings.superseded.contains_key(&(id, field.as_str())))
}

fn says_again(said: &[Counted<'_>], standings: &Standings<'_>) -> Vec<StatementId> {
    said.iter()
        .filter(|counted| !standings.covered.contains_key(&counted.statement.id))
        .filter(|counted| matches!(&counted.statement.body, Body::Set { again, .. } if !again.is_empty()))
        .map(|counted| counted.statement.id)
        .collect()
}

/// Whose confirmation is a professional's signature. A guardian who manages the record has every right, but what they sign
/// must never look like it.
fn is_professional(role: Role) -> bool {
    match role {
        Role::Doctor
        | Role::Nurse
        | Role::School
        | Role::DayService
        | Role::Coordinator
        | Role::Pharmacy => true,
        Role::Guardian | Role::Municipality | Role::Shelter | Role::Child | Role::Other => false,
    }
}
