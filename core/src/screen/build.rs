//! The first screen from the record: which kinds become which block, in which words (design §9).

use super::{
    first::{Alternative, Block, BlockKind, FirstScreen, Line, Who},
    label::Label,
    phrase::{Reading, headed, local_date, plain, written},
};
use crate::{
    compartment::Compartment,
    kind,
    statement::Value,
    view::{FactView, Presence, Said, View},
};
use jiff::tz::Offset;

/// Where the families live: Japan has had one time without changes since 1951.
pub const JAPAN: Offset = jiff::tz::offset(9);

const BASELINE: [(&str, Label); 7] = [
    ("spo2", Label::Spo2),
    ("pulse", Label::Pulse),
    ("respiration", Label::Respiration),
    ("temperature", Label::Temperature),
    ("etco2", Label::Etco2),
    ("consciousness", Label::Consciousness),
    ("other", Label::Other),
];

impl FirstScreen {
    /// The first screen of a record. Dates are those of `zone`.
    pub fn from_view(view: &View, zone: Offset) -> Self {
        let facts = Facts { view, zone };
        let blocks = BlockKind::ALL
            .into_iter()
            .map(|kind| Block {
                kind,
                lines: facts.lines(kind),
            })
            .filter(|block| !block.lines.is_empty());
        Self {
            blocks: blocks.collect(),
            who: facts.who(),
        }
    }
}

struct Facts<'a> {
    view: &'a View,
    zone: Offset,
}

impl<'a> Facts<'a> {
    fn of(&self, compartment: Compartment, kind: &'a str) -> impl Iterator<Item = &'a FactView> {
        let stands = |fact: &&FactView| !matches!(fact.presence, Presence::Retracted(_));
        self.view
            .facts
            .iter()
            .filter(move |f| f.compartment == compartment && f.kind == kind)
            .filter(stands)
    }

    fn emergency(&self, kind: &'a str) -> impl Iterator<Item = &'a FactView> {
        self.of(Compartment::Emergency, kind)
    }

    fn who(&self) -> Who {
        let field = |kind, field: &str| -> Vec<Alternative> {
            self.emergency(kind)
                .flat_map(|fact| {
                    plain(fact, &[field], self.zone, |r| {
                        r.text(field).unwrap_or_default()
                    })
                    .says
                })
                .collect()
        };
        Who {
            name: field("identity", "name"),
            reading: field("identity", "reading"),
            birth_date: field("identity", "birth_date"),
            sex: field("identity", "sex"),
            weight: self
                .emergency("weight")
                .flat_map(|fact| self.measured(fact))
                .collect(),
            record_date: self
                .newest()
                .map(|at| local_date(at, self.zone))
                .unwrap_or_default(),
            photo: self.photo(),
        }
    }

    /// "9.0 kg", with the day of measuring as the day it was known.
    fn measured(&self, fact: &FactView) -> Vec<Alternative> {
        let fields = ["value", "unit", "measured_on"];
        // Texts differ by the day too, so that two measurements of the same weight stay two.
        let line = plain(fact, &fields, self.zone, |r| {
            format!(
                "{}\u{0}{}",
                r.spaced(&["value", "unit"]),
                r.text("measured_on").unwrap_or_default()
            )
        });
        let split = |alternative: Alternative| match alternative.text.split_once('\u{0}') {
            Some((text, on)) if !text.is_empty() => {
                let mut source = alternative.source;
                if !on.is_empty() {
                    source.known_on = Some(on.to_owned());
                }
                Some(Alternative {
                    text: text.to_owned(),
                    source,
                })
            }
            _ => None,
        };
        line.says.into_iter().filter_map(split).collect()
    }

    /// The photo, if there is one that everybody agrees on.
    fn photo(&self) -> Option<String> {
        let field = self
            .emergency("identity")
            .find_map(|fact| fact.fields.get("photo"))?;
        match field.values.as_slice() {
            [one] => Some(written(&one.value)).filter(|hash| !hash.is_empty()),
            _ => None,
        }
    }

    /// When the newest statement of what the screen shows was said.
    fn newest(&self) -> Option<crate::time::UnixMillis> {
        let shown = self
            .view
            .facts
            .iter()
            .filter(|fact| match fact.compartment {
                // Who holds which key is no news about the child.
                Compartment::Emergency => fact.kind != "member",
                Compartment::Care => fact.kind == "medicine",
                _ => false,
            });
        shown.flat_map(said).map(|said| said.at).max()
    }

    fn lines(&self, kind: BlockKind) -> Vec<Line> {
        let zone = self.zone;
        let mapped = |kind, line: &dyn Fn(&FactView) -> Line| {
            self.emergency(kind).map(line).collect::<Vec<_>>()
        };
        let noted = |kind, text: &'static str, notes: &'static [&'static str]| {
            let fields: Vec<_> = std::iter::once(text).chain(notes.iter().copied()).collect();
            mapped(kind, &|fact| {
                plain(fact, &fields, zone, |r| r.with_note(text, notes))
            })
        };
        let lines = match kind {
            BlockKind::Never => noted("must-never", "text", &["reason"]),
            BlockKind::Now => mapped("act-now", &|fact| {
                headed(fact, "sign", &["act"], zone, |r| {
                    r.text("act").unwrap_or_default()
                })
            }),
            BlockKind::Airway => [
                self.airway(),
                mapped("device-setting", &|fact| {
                    headed(fact, "device", &["settings"], zone, |r| {
                        r.text("settings").unwrap_or_default()
                    })
                }),
            ]
            .concat(),
            BlockKind::Baseline => self.baseline(),
            BlockKind::Avoid => [self.allergies(), noted("avoid", "text", &["reason"])].concat(),
            BlockKind::Diagnosis => noted("diagnosis", "name", &["since"]),
            BlockKind::Wish => self.wishes(),
            BlockKind::Phone => self.phones(),
            BlockKind::CriticalMedicine => self.medicines(true),
            BlockKind::Medicine => self.medicines(false),
            BlockKind::Rest => self.rest(),
        };
        lines
            .into_iter()
            .filter(|line| !line.says.is_empty() || !line.retracted.is_empty())
            .collect()
    }

    fn airway(&self) -> Vec<Line> {
        let text = |r: &Reading| match r.text("spare") {
            Some(spare) => format!("{}（予備 {spare}）", r.text("text").unwrap_or_default()),
            None => r.text("text").unwrap_or_default(),
        };
        self.emergency("airway")
            .map(|fact| plain(fact, &["text", "spare"], self.zone, text))
            .collect()
    }

    fn baseline(&self) -> Vec<Line> {
        let field = |fact: &FactView, (field, label): (&str, Label)| {
            fact.fields.contains_key(field).then(|| Line {
                label: Some(label),
                ..plain(fact, &[field], self.zone, |r| {
                    r.text(field).unwrap_or_default()
                })
            })
        };
        self.emergency("baseline")
            .flat_map(|fact| BASELINE.into_iter().filter_map(move |b| field(fact, b)))
            .collect()
    }

    /// Those of daily care too: an allergy that somebody noted there only must not be missed here.
    fn allergies(&self) -> Vec<Line> {
        let known: Vec<_> = self
            .emergency("allergy")
            .filter_map(|fact| fact.fields.get("substance"))
            .collect();
        let repeated = |fact: &&FactView| {
            fact.fields.get("substance").is_some_and(|s| {
                s.values.iter().all(|v| {
                    known
                        .iter()
                        .any(|k| k.values.iter().any(|other| other.value == v.value))
                })
            })
        };
        let further = self
            .of(Compartment::Care, "allergy")
            .filter(|fact| !repeated(fact));
        self.emergency("allergy")
            .chain(further)
            .map(|fact| self.allergy(fact))
            .collect()
    }

    fn allergy(&self, fact: &FactView) -> Line {
        let fields = ["substance", "reaction", "since", "instead"];
        let text = |r: &Reading| {
            let text = r.with_note("substance", &["reaction", "since"]);
            r.text("instead")
                .map_or(text.clone(), |instead| format!("{text}→{instead}"))
        };
        Line {
            label: Some(Label::Allergy),
            ..plain(fact, &fields, self.zone, text)
        }
    }

    /// Only what the family shows. As long as somebody says no, it stays hidden: what was seen cannot be unseen.
    fn wishes(&self) -> Vec<Line> {
        let shown = |fact: &&FactView| {
            fact.fields.get("show_to_strangers").is_some_and(|field| {
                !field.values.is_empty()
                    && field
                        .values
                        .iter()
                        .all(|value| value.value == Value::Flag(true))
            })
        };
        let fields = ["text", "agreed_on", "agreed_with"];
        self.emergency("wish")
            .filter(shown)
            .map(|fact| {
                plain(fact, &fields, self.zone, |r| {
                    r.with_note("text", &["agreed_with", "agreed_on"])
                })
            })
            .collect()
    }

    fn phones(&self) -> Vec<Line> {
        let number = |fact: &FactView| {
            let first = |field: &str| Reading::all(fact).text(field).unwrap_or_default();
            let mut line = headed(fact, "name", &["number"], self.zone, |r| {
                r.text("number").unwrap_or_default()
            });
            let relation = first("relation");
            if !relation.is_empty() && !line.head.is_empty() && !line.head.contains(&relation) {
                line.head = format!("{}（{relation}）", line.head);
            }
            Line {
                hours: first("hours"),
                first_at: first("first_at"),
                ..line
            }
        };
        let card = |fact: &FactView| {
            let line = headed(fact, "name", &["card_number"], self.zone, |r| {
                r.text("card_number").unwrap_or_default()
            });
            (fact.fields.contains_key("card_number") && !line.says.is_empty()).then(|| Line {
                label: Some(Label::CardNumber),
                retracted: Vec::new(),
                ..line
            })
        };
        self.emergency("phone")
            .flat_map(|fact| [Some(number(fact)), card(fact)])
            .flatten()
            .collect()
    }

    fn medicines(&self, critical: bool) -> Vec<Line> {
        let rank = |fact: &FactView| {
            let is = |word: &str| {
                let field = fact.fields.get("importance");
                field.is_some_and(|f| {
                    f.values
                        .iter()
                        .any(|v| v.value == Value::Text(word.to_owned()))
                })
            };
            if is("rescue") {
                0
            } else if is("never-interrupt") {
                1
            } else {
                2
            }
        };
        let mut facts: Vec<_> = self
            .of(Compartment::Care, "medicine")
            .filter(|f| (rank(f) < 2) == critical)
            .collect();
        facts.sort_by_key(|fact| rank(fact));
        facts.into_iter().map(|fact| self.medicine(fact)).collect()
    }

    fn medicine(&self, fact: &FactView) -> Line {
        let fields = [
            "dose",
            "unit",
            "amount",
            "route",
            "frequency",
            "times",
            "when",
        ];
        let mut line = headed(fact, "name", &fields, self.zone, |r| {
            let dose = format!(
                "{}{}",
                r.text("dose").unwrap_or_default(),
                r.text("unit").unwrap_or_default()
            );
            let dose = match (dose.is_empty(), r.text("amount")) {
                (false, Some(amount)) => format!("{dose}（{amount}）"),
                (true, Some(amount)) => amount,
                (_, None) => dose,
            };
            let how = r.spaced(&["route", "frequency", "times", "when"]);
            format!("{dose} {how}").trim().to_owned()
        });
        if line.says.is_empty() {
            // Only its name is known: the name is what somebody says.
            line.says = plain(fact, &["name"], self.zone, |_| String::new()).says;
        }
        line
    }

    fn rest(&self) -> Vec<Line> {
        let height = self.emergency("height").map(|fact| Line {
            label: Some(Label::Height),
            says: self.measured(fact),
            ..Line::default()
        });
        let identity = |field: &'static str, label: Option<Label>| {
            self.emergency("identity")
                .filter(move |fact| fact.fields.contains_key(field))
                .map(move |fact| Line {
                    label,
                    ..plain(fact, &[field], self.zone, |r| {
                        r.text(field).unwrap_or_default()
                    })
                })
        };
        height
            .chain(identity("blood_type", Some(Label::BloodType)))
            .chain(identity("gestation", None))
            .chain(identity("corrected_age", None))
            .chain(self.differences_in_care())
            .collect()
    }

    /// What people disagree about in daily care, field by field. Medicines and allergies stand further up already.
    fn differences_in_care(&self) -> impl Iterator<Item = Line> {
        let elsewhere = ["medicine", "allergy", "member"];
        let facts = self.view.facts.iter().filter(move |fact| {
            fact.compartment == Compartment::Care
                && !elsewhere.contains(&fact.kind.as_str())
                && !matches!(fact.presence, Presence::Retracted(_))
        });
        facts.flat_map(|fact| {
            let disputed = fact
                .fields
                .iter()
                .filter(|(_, field)| field.is_contradicted());
            disputed.map(|(name, _)| Line {
                head: field_of(fact, name),
                ..plain(fact, &[name], self.zone, |r| {
                    r.text(name).unwrap_or_default()
                })
            })
        })
    }
}

/// 「気管カニューレ 次回の交換」: what the fact is called, and which of its fields.
fn field_of(fact: &FactView, field: &str) -> String {
    let declared = kind::find(&fact.kind);
    let label = declared
        .and_then(|kind| kind.field(field))
        .map_or(field, |field| field.label_ja);
    let first = declared
        .and_then(|kind| kind.fields.first())
        .map(|first| first.name)
        .filter(|first| *first != field);
    let called = first.and_then(|first| Reading::all(fact).text(first));
    match called.or_else(|| declared.map(|kind| kind.label_ja.to_owned())) {
        Some(called) => format!("{called} {label}"),
        None => format!("{} {label}", fact.kind),
    }
}

fn said(fact: &FactView) -> impl Iterator<Item = &Said> {
    let retractions = match &fact.presence {
        Presence::Present => &[][..],
        Presence::Retracted(retractions) | Presence::Contested(retractions) => retractions,
    };
    let fields = fact
        .fields
        .values()
        .flat_map(|field| &field.values)
        .flat_map(|value| &value.said);
    fields.chain(retractions.iter().map(|retraction| &retraction.said))
}
