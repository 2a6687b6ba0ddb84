//! The sheet as a file.

use crate::{args::Print, card::today, failure::Failure, files, output::Output, pdf};
use files::OpenFile;
use omamori_core::{
    card::LeftOut,
    paper::{Sheet, html},
    screen::label::Language,
};
use serde_json::json;

/// Pages that a sheet may take.
const PAGES: usize = 2;

pub(crate) fn print(print: &Print, output: &mut Output) -> Result<(), Failure> {
    let ending = print
        .out
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    if !matches!(ending, "pdf" | "html") {
        return Err(Failure::Ending(print.out.clone(), ".pdf or .html"));
    }
    let file = OpenFile::open(&print.file)?;
    let language: Language = print.lang.into();
    let sheet = file
        .replica
        .sheet(&print.viewer.viewer, today(&print.viewer), language);
    let (bytes, sheet) = if ending == "html" {
        (html::page(&sheet).into_bytes(), sheet)
    } else {
        fitting_pdf(sheet)?
    };
    files::write(&print.out, &bytes)?;
    let left_out: Vec<_> = sheet
        .left_out
        .iter()
        .map(|left| left.text(language))
        .collect();
    let code = sheet
        .code
        .as_ref()
        .map(|code| LeftOut::sentence(&code.left_out, language));
    let answer = json!({
        "file": print.out,
        "generation": sheet.generation,
        "printed_on": sheet.printed_on,
        "left_out": left_out,
        "code": code.is_some(),
    });
    output.answer(&answer, || {
        let code = code.unwrap_or_else(|| {
            language
                .pick(
                    "QRなし: 要点が長すぎます",
                    "no code: the key lines are too long",
                )
                .to_owned()
        });
        format!("{}\n{code}\n{}", print.out.display(), left_out.join("\n"))
    })
}

/// The estimate of its length may be wrong for some font: the browser that sets it has the last word.
fn fitting_pdf(mut sheet: Sheet) -> Result<(Vec<u8>, Sheet), Failure> {
    loop {
        let pdf = pdf::from_html(&html::page(&sheet))?;
        let pages = pdf::pages(&pdf);
        if pages <= PAGES {
            return Ok((pdf, sheet));
        }
        sheet = sheet.denser().ok_or(Failure::Pages(pages))?;
    }
}
