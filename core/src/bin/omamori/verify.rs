//! Who said what, and is it intact?

use crate::{args, failure::Failure, files::OpenFile, output::Output};
use omamori_core::{id::DeviceId, replica::Integrity};
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write, process::ExitCode};

#[derive(Serialize)]
struct Answer {
    record: String,
    /// What each device that wrote is called, as somebody said who may.
    names: BTreeMap<DeviceId, String>,
    #[serde(flatten)]
    integrity: Integrity,
}

pub(crate) fn verify(arguments: &args::Verify, output: &mut Output) -> Result<ExitCode, Failure> {
    let file = OpenFile::open(&arguments.file)?;
    let integrity = file.replica.integrity();
    let intact = integrity.intact;
    let called = file.replica.names();
    let authors = integrity.authors.iter().map(|author| author.device);
    let names = authors.map(|device| (device, called.name(&device)));
    let answer = Answer {
        record: file.replica.record().to_string(),
        names: names.filter(|(_, name)| !name.is_empty()).collect(),
        integrity,
    };
    output.answer(&answer, || text(&answer))?;
    Ok(if intact {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn text(answer: &Answer) -> String {
    let integrity = &answer.integrity;
    let mut text = format!("record {}\n", answer.record);
    for author in &integrity.authors {
        let name = answer.names.get(&author.device).map_or("?", String::as_str);
        let said: Vec<_> = author
            .statements
            .iter()
            .map(|(compartment, count)| format!("{compartment} {count}"))
            .collect();
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "  {name}  {}  chunks {}  statements: {}",
            author.device,
            author.chunks,
            said.join(", ")
        );
    }
    let counts = [
        ("missing chunks", integrity.missing.len()),
        ("waiting entries", integrity.waiting.len()),
        ("refused entries", integrity.set_aside.len()),
        ("forked authors", integrity.forks.len()),
        ("changes written twice", integrity.equivocations.len()),
        ("statements displaced by those", integrity.displaced.len()),
        ("statements nobody vouches for", integrity.unattested),
    ];
    for (what, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        let _ = writeln!(text, "  {count} {what}");
    }
    text.push_str(if integrity.intact {
        "intact"
    } else {
        "NOT intact"
    });
    text
}
