//! What somebody who may read more reads below the first screen: every fact with its labels, and where people disagree.

use super::{
    build::JAPAN,
    first::{FirstScreen, Line},
    label::Language,
    phrase::{Reading, headed},
};
use crate::{
    compartment::Compartment,
    kind::{self, Form, Kind},
    statement::FactId,
    view::{FactView, Presence, View},
};
use serde::Serialize;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// A doctor: the first screen, then care, course and entries.
    Clinician,
    /// A nurse: care, entries and who is who.
    Nurse,
    /// The family: everything.
    Family,
}

/// A record, in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// For whom.
    pub audience: Audience,
    /// What a stranger reads.
    pub first: FirstScreen,
    /// Where people disagree and nobody has settled it.
    pub differences: Vec<Difference>,
    /// Everything else, kind by kind.
    pub sections: Vec<Section>,
}

/// A fact on which people disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where.
    pub compartment: Compartment,
    /// Which.
    pub fact: FactId,
    /// What its kind is called.
    pub heading: String,
    /// All that is said.
    pub line: Line,
}

/// The facts of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Where.
    pub compartment: Compartment,
    /// Their kind.
    pub kind: String,
    /// What the kind is called.
    pub heading: String,
    /// A line each; entries of the shared sheet newest first.
    pub lines: Vec<Line>,
}

impl Audience {
    const fn reads(self) -> &'static [Compartment] {
        use Compartment::{Care, History, Log, People};
        match self {
            Self::Clinician => &[Care, History, Log],
            Self::Nurse => &[Care, Log, People],
            Self::Family => &Compartment::ALL,
        }
    }
}

impl Detail {
    /// A record for somebody, with labels in a language.
    pub fn from_view(view: &View, audience: Audience, language: Language) -> Self {
        let shown = |fact: &&FactView| {
            audience.reads().contains(&fact.compartment) && stands(fact) && fact.kind != "member"
        };
        let mut sections: Vec<Section> = Vec::new();
        for fact in view.facts.iter().filter(shown) {
            let line = line(fact, language);
            match sections
                .last_mut()
                .filter(|s| s.compartment == fact.compartment && s.kind == fact.kind)
            {
                Some(section) => section.lines.push(line),
                None => sections.push(Section {
                    compartment: fact.compartment,
                    kind: fact.kind.clone(),
                    heading: heading(&fact.kind, language),
                    lines: vec![line],
                }),
            }
        }
        sections
            .iter_mut()
            .filter(|s| s.compartment == Compartment::Log)
            .for_each(|section| newest_first(view, section, language));
        let reads = |fact: &&FactView| {
            fact.compartment == Compartment::Emergency
                || audience.reads().contains(&fact.compartment)
        };
        let difference = |fact: &FactView| Difference {
            compartment: fact.compartment,
            fact: fact.id.clone(),
            heading: heading(&fact.kind, language),
            line: line(fact, language),
        };
        Self {
            audience,
            first: FirstScreen::from_view(view, JAPAN),
            differences: view
                .contradictions()
                .filter(reads)
                .map(difference)
                .collect(),
            sections,
        }
    }
}

/// By when it happened, not by when it was written down.
fn newest_first(view: &View, section: &mut Section, language: Language) {
    let mut facts: Vec<_> = view
        .facts
        .iter()
        .filter(|f| f.compartment == section.compartment && f.kind == section.kind && stands(f))
        .collect();
    facts.sort_by_key(|fact| std::cmp::Reverse(Reading::all(fact).text("at").unwrap_or_default()));
    section.lines = facts.into_iter().map(|fact| line(fact, language)).collect();
}

fn stands(fact: &FactView) -> bool {
    !matches!(fact.presence, Presence::Retracted(_))
}

/// What a kind is called; a kind that only a newer version knows, by its name.
pub fn heading(kind: &str, language: Language) -> String {
    kind::find(kind).map_or_else(
        || kind.to_owned(),
        |kind| language.pick(kind.label_ja, kind.label_en).to_owned(),
    )
}

/// The fact's first field as heading, and behind it every other one with its label and unit.
fn line(fact: &FactView, language: Language) -> Line {
    let declared = kind::find(&fact.kind);
    let names = names(fact, declared);
    let Some((head, rest)) = names.split_first() else {
        return Line::default();
    };
    let mut line = headed(fact, head, rest, JAPAN, |reading| {
        let texts = rest.iter().filter_map(|name| {
            let text = labelled(declared, name, &reading.text(name)?, language);
            Some(text)
        });
        texts.collect::<Vec<_>>().join(language.pick("、", ", "))
    });
    if line.says.is_empty() {
        line.says = headed(fact, "", &[head], JAPAN, |r| {
            r.text(head).unwrap_or_default()
        })
        .says;
        line.head.clear();
    }
    line
}

/// The fields that are there: declared ones in the order of their form, then what only a newer version knows.
fn names<'a>(fact: &'a FactView, declared: Option<&'static Kind>) -> Vec<&'a str> {
    let known = declared.map(|kind| kind.fields).unwrap_or_default();
    let there = |name: &&str| fact.fields.contains_key(*name) && *name != "order";
    let ordered = known.iter().map(|field| field.name).filter(there);
    let unknown = fact
        .fields
        .keys()
        .map(String::as_str)
        .filter(there)
        .filter(|name| known.iter().all(|f| f.name != *name));
    ordered.chain(unknown).collect()
}

fn labelled(declared: Option<&'static Kind>, name: &str, text: &str, language: Language) -> String {
    let Some(field) = declared.and_then(|kind| kind.field(name)) else {
        return format!("{name}: {text}");
    };
    let text = match field.form {
        Form::Choice { choices } => choices
            .iter()
            .find(|choice| choice.value == text)
            .map_or(text, |choice| {
                language.pick(choice.label_ja, choice.label_en)
            }),
        _ => text,
    };
    let unit = field
        .unit
        .map(|unit| format!(" {unit}"))
        .unwrap_or_default();
    format!(
        "{}: {text}{unit}",
        language.pick(field.label_ja, field.label_en)
    )
}
