//! Making cards and opening them.

use crate::{
    args::{self, Viewer},
    failure::Failure,
    files::{self, OpenFile},
    output::Output,
    show::text_of_screen,
};
use jiff::civil::Date;
use omamori_core::{
    card::{self, LeftOut, Made, Report},
    screen::label::Language,
};
use std::path::Path;

/// Dots a module: at 300 dots an inch a version 22 card prints at 57 mm, at 600 it can be half as large.
const SCALE: usize = 6;

/// The day of printing: today where this machine is, unless told otherwise.
pub(crate) fn today(viewer: &Viewer) -> Date {
    viewer.today.unwrap_or_else(|| jiff::Zoned::now().date())
}

pub(crate) fn card(arguments: &args::Card, output: &mut Output) -> Result<(), Failure> {
    let file = OpenFile::open(&arguments.file)?;
    let card = file
        .replica
        .card(&arguments.viewer.viewer, today(&arguments.viewer))?;
    if let Some(out) = &arguments.out {
        files::write(out, &image(out, &card)?)?;
    }
    let left_out = LeftOut::sentence(&card.contents.left_out, Language::Ja);
    let made = Made::from(card);
    output.answer(&made, || {
        format!(
            "{}\nQR {}-M, {} bytes, generation {}\n{left_out}",
            made.url, made.version, made.bytes, made.generation
        )
    })
}

fn image(out: &Path, card: &card::Card) -> Result<Vec<u8>, Failure> {
    match out.extension().and_then(|ending| ending.to_str()) {
        Some("png") => card
            .code
            .png(SCALE)
            .map_err(|error| Failure::Encoding(error.to_string())),
        Some("svg") => Ok(card.code.svg().into_bytes()),
        _ => Err(Failure::Ending(out.to_owned(), ".png or .svg")),
    }
}

pub(crate) fn open(arguments: &args::Open, output: &mut Output) -> Result<(), Failure> {
    let from_input = (arguments.url == "-")
        .then(|| files::read(Path::new("-")))
        .transpose()?;
    let scanned = from_input.map_or_else(
        || arguments.url.clone(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    );
    let contents = card::open(&scanned)?;
    let language = arguments.lang.into();
    let left_out = LeftOut::sentence(&contents.left_out, language);
    let report = Report::from(contents);
    output.answer(&report, || {
        let printed = match language {
            Language::Ja => format!(
                "印刷 {} ・ 第{}版 ・ 印刷後に変わっていません(最新とは限りません)",
                report.printed_on, report.generation
            ),
            Language::En => {
                format!(
                    "Printed {} · no. {} · unchanged since printed, maybe not the latest",
                    report.printed_on, report.generation
                )
            }
        };
        format!(
            "{}\n{printed}\n{left_out}",
            text_of_screen(&report.screen, language)
        )
    })
}
