//! Measurements of the core, each beside its reference from the same run.

use crate::people::{COMPARTMENT, Family, RECORD, bring, empty, foreign, in_turn};
use automerge::{Automerge, Change};
use omamori_core::{document::CompartmentDocument, view::View};
use std::{error::Error, time::Instant};

/// One figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it stands beside, if there is something.
    pub reference: Option<(&'static str, f64)>,
}

/// Milliseconds of the fastest of three runs.
fn milliseconds<T>(mut work: impl FnMut() -> T) -> f64 {
    (0..3)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed().as_secs_f64() * 1e3
        })
        .fold(f64::INFINITY, f64::min)
}

/// Load, merge and view of a document with this many statements, against Automerge alone on the same document.
///
/// # Errors
/// Whatever the core reports; none is expected.
pub fn document(statements: u32, authors: u8) -> Result<Vec<Figure>, Box<dyn Error>> {
    let mut written = empty()?;
    let start = Instant::now();
    let changes = in_turn(&mut written, statements, authors)?;
    let appended = start.elapsed().as_secs_f64() * 1e3 / f64::from(statements);
    let saved = written.save();
    let raw: Vec<Change> = Automerge::load(&saved)?.get_changes(&[]);
    let automerge_load = milliseconds(|| Automerge::load(&saved));
    let automerge_merge = milliseconds(|| Automerge::new().apply_changes(raw.clone()));
    let load = milliseconds(|| CompartmentDocument::load(&RECORD, COMPARTMENT, &saved));
    let merge = milliseconds(|| {
        let everything = changes
            .iter()
            .map(|(actor, own)| foreign(*actor, own.bytes.clone()))
            .collect();
        empty().map(|mut document| bring(&mut document, everything))
    });
    let one_more = written.clone();
    let own = written.append(
        &crate::people::actor(0, 1),
        &[crate::people::entry("体位変換", 0)],
    )?;
    let merge_one = milliseconds(|| {
        let mut document = one_more.clone();
        bring(
            &mut document,
            vec![foreign(crate::people::actor(0, 1), own.bytes.clone())],
        )
    });
    let view = milliseconds(|| View::build(&[(COMPARTMENT, written.statements())], &Family));
    let size = f64::from(u32::try_from(saved.len())?) / f64::from(statements);
    let wire = changes
        .iter()
        .map(|(_, own)| own.bytes.len())
        .sum::<usize>();
    let wire = f64::from(u32::try_from(wire)?) / f64::from(statements);
    let figure = |name: &str, value, unit, reference| Figure {
        name: format!("{name}, {statements} statements, {authors} authors"),
        value,
        unit,
        reference,
    };
    Ok(vec![
        figure(
            "document load",
            load,
            "ms",
            Some(("Automerge::load", automerge_load)),
        ),
        figure(
            "merge all changes through the barrier",
            merge,
            "ms",
            Some(("Automerge apply", automerge_merge)),
        ),
        figure(
            "merge one more change through the barrier",
            merge_one,
            "ms",
            None,
        ),
        figure("append one statement", appended, "ms", None),
        figure(
            "view",
            view,
            "ms",
            Some(("Automerge::load", automerge_load)),
        ),
        figure("at rest", size, "bytes/statement", None),
        figure(
            "change on the wire before sealing",
            wire,
            "bytes/statement",
            None,
        ),
    ])
}
