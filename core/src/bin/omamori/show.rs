//! A record as text.

use crate::{
    args::{Show, View},
    failure::Failure,
    files::OpenFile,
    output::Output,
};
use omamori_core::screen::{
    detail::{Audience, Detail},
    first::{Alternative, FirstScreen, Line},
    label::Language,
    source::Source,
    wording,
};
use std::fmt::Write;

pub(crate) fn show(show: &Show, output: &mut Output) -> Result<(), Failure> {
    let file = OpenFile::open(&show.file)?;
    let audience = match show.view {
        View::Clinician => Audience::Clinician,
        View::Nurse => Audience::Nurse,
        View::Family => Audience::Family,
    };
    let language = show.lang.into();
    let detail = Detail::from_view(file.replica.view(), audience, language);
    output.answer(&detail, || text_of_detail(&detail, language))
}

fn text_of_detail(detail: &Detail, language: Language) -> String {
    let mut text = String::new();
    if !detail.differences.is_empty() {
        heading(&mut text, language.pick("≠ くい違い", "≠ People disagree"));
        for difference in &detail.differences {
            let line = Line {
                head: format!("{} {}", difference.heading, difference.line.head),
                ..difference.line.clone()
            };
            push(&mut text, &line, language);
        }
    }
    text.push_str(&text_of_screen(&detail.first, language));
    for section in &detail.sections {
        heading(&mut text, &section.heading);
        section
            .lines
            .iter()
            .for_each(|line| push(&mut text, line, language));
    }
    text
}

/// The first screen as text, every line with its source.
pub(crate) fn text_of_screen(screen: &FirstScreen, language: Language) -> String {
    let who = &screen.who;
    let mut text = String::new();
    let mut parts = vec![joined(&who.name), joined(&who.reading), joined(&who.sex)];
    if let [born] = who.birth_date.as_slice() {
        let today = jiff::Zoned::now().date();
        parts.push(wording::age(&born.text, today, language).unwrap_or_default());
    }
    parts.push(joined(&who.birth_date));
    parts.extend(
        who.weight
            .iter()
            .map(|weight| match &weight.source.known_on {
                Some(on) => format!("{} ({on})", weight.text),
                None => weight.text.clone(),
            }),
    );
    parts.retain(|part| !part.is_empty());
    // Writing into a text cannot fail.
    let _ = writeln!(text, "{}  [{}]", parts.join("  "), who.record_date);
    for block in &screen.blocks {
        heading(
            &mut text,
            format!("{} {}", block.kind.sign(), block.kind.heading(language)).trim(),
        );
        block
            .lines
            .iter()
            .for_each(|line| push(&mut text, line, language));
    }
    text
}

fn heading(text: &mut String, heading: &str) {
    let _ = writeln!(text, "\n{heading}");
}

fn push(text: &mut String, line: &Line, language: Language) {
    let label = line
        .label
        .map(|label| label.text(language))
        .unwrap_or_default();
    let head = [label, line.head.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let colon = if head.is_empty() { "" } else { ": " };
    let hours = [
        wording::hours(&line.hours, language),
        wording::first_at(&line.first_at, language).to_owned(),
    ];
    let hours: String = hours
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|part| format!(" ({part})"))
        .collect();
    match line.says.as_slice() {
        [one] if !line.is_contradicted() => {
            let _ = writeln!(
                text,
                "  {head}{colon}{}{hours}   — {}",
                one.text,
                source(&one.source, language)
            );
        }
        says => {
            let _ = writeln!(
                text,
                "  ≠ {head}{colon}{}{hours}",
                language.pick("決まっていません", "not settled")
            );
            for alternative in says {
                let _ = writeln!(
                    text,
                    "      {}   — {}",
                    alternative.text,
                    source(&alternative.source, language)
                );
            }
            for retraction in &line.retracted {
                let word = language.pick("取り消し", "retracted");
                let _ = writeln!(
                    text,
                    "      {word}: {}   — {}",
                    retraction.text,
                    source(&retraction.source, language)
                );
            }
        }
    }
}

fn source(source: &Source, language: Language) -> String {
    source.text(language)
}

fn joined(alternatives: &[Alternative]) -> String {
    alternatives
        .iter()
        .map(|a| a.text.as_str())
        .collect::<Vec<_>>()
        .join(" ≠ ")
}
