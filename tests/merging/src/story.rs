//! Random histories: what a family, its nurses and helpers do to one compartment, apart and together.

use crate::people::{BEGINNING, COMPARTMENT, actor, bring, empty, foreign, view};
use omamori_core::{
    document::{CompartmentDocument, ForeignChange},
    edit::Edit,
    id::ActorId,
    statement::{Body, Fields, How, Statement, StatementId, UnixMillis, Value},
    validator::Refusal,
    view::FactView,
};
use std::error::Error;

/// Something that somebody does. Numbers choose among what is there, wrapping around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Begins a fact.
    Add,
    /// Writes the fact of which a child has only one.
    Weigh(u8),
    /// Says a value of a fact.
    Set(u8, u8),
    /// Takes a field's value away.
    Clear(u8),
    /// Retracts a fact.
    Retract(u8),
    /// Says a retracted fact again.
    SayAgain(u8),
    /// Confirms a statement.
    Confirm(u8),
    /// Hears all that another person has.
    Hear(u8),
    /// Loses the phone's session: restores a backup, or opens a second tab. Writes on under a new actor.
    Restore,
    /// Forges: goes back to a backup and writes on under the *same* actor, which no honest phone does. The first person, who
    /// manages the record, never does it.
    Forge,
}

/// One person, with the phone's document and everything that it ever wrote or heard.
#[derive(Debug, Clone)]
pub struct Phone {
    person: u8,
    session: u8,
    /// Did this person ever forge?
    pub forged: bool,
    /// The document as it is.
    pub document: CompartmentDocument,
    /// A backup of an earlier state.
    backup: CompartmentDocument,
    heard: Vec<ForeignChange>,
}

/// Something said, and what its author had before their eyes.
#[derive(Debug, Clone)]
pub struct Saying {
    /// Its author's place among the phones.
    pub by: usize,
    /// The statement.
    pub id: StatementId,
    /// The change that holds it, by its place among the story's.
    pub change: usize,
    /// What every statement said that its author had heard.
    pub seen: Vec<Fields>,
}

/// A story and its outcome.
#[derive(Debug, Clone)]
pub struct Story {
    /// Everybody.
    pub phones: Vec<Phone>,
    /// Every change that anybody made.
    pub changes: Vec<ForeignChange>,
    /// Every statement that anybody made.
    pub said: Vec<Saying>,
    now: i64,
}

/// The fields that a statement sets.
pub fn fields(statement: &Statement) -> Option<&Fields> {
    match &statement.body {
        Body::Set { fields, .. } => Some(fields),
        _ => None,
    }
}

impl Story {
    /// A story of some people, before anything happened.
    ///
    /// # Errors
    /// None is expected.
    pub fn new(people: u8) -> Result<Self, Box<dyn Error>> {
        let phone = |person| {
            let document = empty()?;
            Ok(Phone {
                person,
                session: 0,
                forged: false,
                backup: document.clone(),
                document,
                heard: Vec::new(),
            })
        };
        let phones = (0..people)
            .map(phone)
            .collect::<Result<_, Box<dyn Error>>>()?;
        Ok(Self {
            phones,
            changes: Vec::new(),
            said: Vec::new(),
            now: BEGINNING,
        })
    }

    /// Somebody does something. What cannot be done now (retracting where there is nothing) is not done.
    ///
    /// # Errors
    /// What should never happen, with what it was.
    pub fn happens(&mut self, person: u8, deed: Deed) -> Result<(), Box<dyn Error>> {
        let index = usize::from(person) % self.phones.len();
        match deed {
            Deed::Hear(from) => {
                let heard = self
                    .phones
                    .get(usize::from(from) % self.phones.len())
                    .ok_or("nobody")?
                    .heard
                    .clone();
                self.phones.get_mut(index).ok_or("nobody")?.hears(heard)
            }
            Deed::Forge if index == 0 => Ok(()),
            Deed::Restore | Deed::Forge => {
                let phone = self.phones.get_mut(index).ok_or("nobody")?;
                std::mem::swap(&mut phone.document, &mut phone.backup);
                phone.session += u8::from(deed == Deed::Restore);
                phone.forged |= deed == Deed::Forge;
                Ok(())
            }
            _ => self.says(index, deed),
        }
    }

    /// Everybody hears everything.
    ///
    /// # Errors
    /// What should never happen, with what it was.
    pub fn everybody_hears_everything(&mut self) -> Result<(), Box<dyn Error>> {
        let everything = self.changes.clone();
        self.phones
            .iter_mut()
            .try_for_each(|phone| phone.hears(everything.clone()))
    }

    fn says(&mut self, index: usize, deed: Deed) -> Result<(), Box<dyn Error>> {
        self.now += 1_000;
        let phone = self.phones.get_mut(index).ok_or("nobody")?;
        let Some(edit) = phone.edit(deed) else {
            return Ok(());
        };
        let Ok((_, new)) = edit.into_statement(&view(&phone.document), UnixMillis(self.now)) else {
            return Ok(());
        };
        // What an honest app does when its session ends: it writes on under a new one.
        if !phone.document.may_continue(&phone.actor()) {
            phone.session += 1;
        }
        let actor = phone.actor();
        let seen = phone.document.statements().iter().filter_map(fields);
        let seen: Vec<Fields> = seen.cloned().collect();
        let own = phone.document.append(&actor, &[new])?;
        let change = foreign(actor, own.bytes);
        phone.heard.push(change.clone());
        self.changes.push(change);
        let say = |id| Saying {
            by: index,
            id,
            change: self.changes.len() - 1,
            seen: seen.clone(),
        };
        self.said.extend(own.statements.into_iter().map(say));
        Ok(())
    }
}

impl Phone {
    fn actor(&self) -> ActorId {
        actor(self.person, self.session)
    }

    fn hears(&mut self, changes: Vec<ForeignChange>) -> Result<(), Box<dyn Error>> {
        for refused in bring(&mut self.document, changes.clone()).refused {
            if !matches!(refused.why, Refusal::Equivocation { .. }) {
                return Err(format!("a change was refused: {:?}", refused.why).into());
            }
        }
        for change in changes {
            if !self.heard.contains(&change) {
                self.heard.push(change);
            }
        }
        Ok(())
    }

    fn edit(&self, deed: Deed) -> Option<Edit> {
        let (compartment, how) = (COMPARTMENT, How::default());
        let texts = |fields: &[(&str, &str)]| -> Fields {
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::Text((*value).to_owned())))
                .collect()
        };
        let view = view(&self.document);
        let fact = |number: u8| {
            view.facts
                .get(usize::from(number) % view.facts.len().max(1))
        };
        Some(match deed {
            Deed::Add => Edit::Add {
                compartment,
                kind: "medicine".to_owned(),
                fields: texts(&[("name", "薬"), ("dose", "1")]),
                how,
            },
            Deed::Weigh(value) => {
                let fields = texts(&[("value", &format!("9.{}", value % 4))]);
                Edit::Add {
                    compartment,
                    kind: "weight".to_owned(),
                    fields,
                    how,
                }
            }
            Deed::Set(number, value) => {
                let field = if value % 2 == 0 { "dose" } else { "note" };
                let fields = texts(&[(field, &format!("{}", value % 5))]);
                Edit::Set {
                    compartment,
                    fact: fact(number)?.id.clone(),
                    fields,
                    clear: Vec::new(),
                    how,
                }
            }
            Deed::Clear(number) => Edit::Set {
                compartment,
                fact: fact(number)?.id.clone(),
                fields: Fields::new(),
                clear: vec!["note".to_owned()],
                how,
            },
            Deed::Retract(number) => Edit::Retract {
                compartment,
                fact: fact(number)?.id.clone(),
                reason: "中止".to_owned(),
                how,
            },
            Deed::SayAgain(number) => Edit::SayAgain {
                compartment,
                fact: fact(number)?.id.clone(),
                how,
            },
            Deed::Confirm(number) => Edit::Confirm {
                compartment,
                statement: any_statement(fact(number)?)?,
                how,
            },
            Deed::Hear(_) | Deed::Restore | Deed::Forge => return None,
        })
    }
}

fn any_statement(fact: &FactView) -> Option<StatementId> {
    let value = fact.fields.values().next()?.values.first()?;
    value.said.first().map(|said| said.statement)
}
