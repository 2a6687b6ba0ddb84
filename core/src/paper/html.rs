//! The sheet as HTML: one file without anything from outside. The app takes [`body`] and the same `sheet.css`.

use super::{Sheet, text::runs};
use crate::{
    card::LeftOut,
    screen::{
        first::{Alternative, Block, BlockKind, Line},
        label::{Label, Language},
        source::{Source, Standing},
        wording,
    },
};

/// The style sheet, also imported by the app.
pub const CSS: &str = include_str!("sheet.css");

/// A whole document.
pub fn page(sheet: &Sheet) -> String {
    let language = sheet.language.pick("ja", "en");
    let title = format!("{} {}", names(&sheet.screen.who.name), sheet.printed_on);
    format!(
        "<!doctype html>\n<html lang=\"{language}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><style>{CSS}</style><body>{}</body></html>\n",
        escaped(&title),
        body(sheet)
    )
}

/// The sheet's element, `<article class="sheet">`, for a page that has `sheet.css`.
pub fn body(sheet: &Sheet) -> String {
    let mut html = Html {
        language: sheet.language,
        out: String::new(),
    };
    html.sheet(sheet);
    html.out
}

struct Html {
    language: Language,
    out: String,
}

impl Html {
    fn sheet(&mut self, sheet: &Sheet) {
        self.raw(&format!(
            "<article class=\"sheet\" lang=\"{}\" data-density=\"{}\"><table class=\"pages\"><tfoot><tr><td>",
            self.language.pick("ja", "en"),
            sheet.density
        ));
        self.footer(sheet);
        self.raw("</td></tr></tfoot><tbody><tr><td>");
        self.header(sheet);
        let side_by_side = [BlockKind::Avoid, BlockKind::Diagnosis];
        for block in &sheet.screen.blocks {
            match block.kind {
                BlockKind::Avoid => {
                    self.raw("<div class=\"pair\">");
                    for kind in side_by_side {
                        sheet
                            .screen
                            .blocks
                            .iter()
                            .filter(|b| b.kind == kind)
                            .for_each(|b| self.block(b));
                    }
                    self.raw("</div>");
                }
                BlockKind::Diagnosis
                    if sheet
                        .screen
                        .blocks
                        .iter()
                        .any(|b| b.kind == BlockKind::Avoid) => {}
                _ => self.block(block),
            }
        }
        self.left_out(sheet);
        self.wallet(sheet);
        self.raw("</td></tr></tbody></table></article>");
    }

    fn header(&mut self, sheet: &Sheet) {
        let who = &sheet.screen.who;
        self.raw("<header class=\"who\"><div class=\"words\"><p class=\"kind\">");
        self.text(
            self.language
                .pick("緊急時に見てください", "In an emergency, read this"),
        );
        self.raw("</p><h1>");
        self.alternatives_inline(&who.name);
        if !who.reading.is_empty() {
            self.raw("<small>");
            self.alternatives_inline(&who.reading);
            self.raw("</small>");
        }
        self.raw("</h1><p class=\"facts\">");
        if let Some(age) = &sheet.age {
            self.raw("<b>");
            self.text(age);
            self.raw("</b>");
        }
        self.inline_if(&who.sex);
        if !who.weight.is_empty() {
            self.raw("<b class=\"weight\">");
            self.weights(&who.weight);
            self.raw("</b>");
        }
        if !who.birth_date.is_empty() {
            self.raw("<span>");
            self.text(self.language.pick("生年月日 ", "Born "));
            self.alternatives_inline(&who.birth_date);
            self.raw("</span>");
        }
        self.raw("</p>");
        let sources: Vec<_> = who.name.iter().chain(&who.weight).collect();
        if let Some(source) = common(&sources) {
            self.source(source);
        }
        self.raw("<p class=\"date\">");
        self.text(&match self.language {
            Language::Ja => format!(
                "記録 {}まで ・ 印刷 {} ・ 第{}版",
                who.record_date, sheet.printed_on, sheet.generation
            ),
            Language::En => {
                format!(
                    "Record up to {} · printed {} · no. {}",
                    who.record_date, sheet.printed_on, sheet.generation
                )
            }
        });
        self.raw("</p>");
        self.first_numbers(sheet);
        self.raw("</div>");
        self.code(sheet);
        self.raw("</header>");
    }

    /// Beside the name as well: nobody should turn the page to call.
    fn first_numbers(&mut self, sheet: &Sheet) {
        let phones = sheet
            .screen
            .blocks
            .iter()
            .filter(|b| b.kind == BlockKind::Phone)
            .flat_map(|b| &b.lines);
        for line in
            phones.filter(|line| !line.first_at.is_empty() && line.label != Some(Label::CardNumber))
        {
            self.raw("<p class=\"call\"><span aria-hidden=\"true\">☎</span> ");
            self.text(&line.head);
            self.raw(" <b>");
            self.text(&names(&line.says));
            self.raw("</b>");
            self.hours(line);
            self.raw("</p>");
        }
    }

    fn code(&mut self, sheet: &Sheet) {
        let Some(code) = &sheet.code else { return };
        self.raw("<figure class=\"code\">");
        self.raw(&code.svg);
        self.raw("<figcaption>");
        self.text(self.language.pick(
            "カメラで読むと同じ内容が開きます",
            "Scan with any camera: the same in words",
        ));
        self.raw("</figcaption></figure>");
    }

    fn block(&mut self, block: &Block) {
        self.raw(&format!(
            "<section class=\"block {}\"><div class=\"title\"><h2>",
            class(block.kind)
        ));
        if !block.kind.sign().is_empty() {
            self.raw(&format!(
                "<span class=\"sign\" aria-hidden=\"true\">{}</span>",
                block.kind.sign()
            ));
        }
        self.text(block.kind.heading(self.language));
        self.raw("</h2>");
        let all: Vec<_> = block
            .lines
            .iter()
            .filter(|l| !l.is_contradicted())
            .flat_map(|l| &l.says)
            .collect();
        let shared = common(&all).cloned();
        if let Some(source) = &shared {
            self.source(source);
        }
        self.raw("</div><ul>");
        for line in &block.lines {
            self.line(line, block.kind, shared.as_ref());
        }
        self.raw("</ul></section>");
    }

    fn line(&mut self, line: &Line, kind: BlockKind, shared: Option<&Source>) {
        self.raw(if line.is_contradicted() {
            "<li class=\"differs\">"
        } else {
            "<li>"
        });
        self.head(line, kind);
        match line.says.as_slice() {
            [one] if !line.is_contradicted() => {
                self.raw("<span class=\"text\">");
                self.text(&one.text);
                self.raw("</span>");
                self.hours(line);
                if Some(&one.source) != shared {
                    self.source(&one.source);
                }
            }
            _ => self.contradiction(line),
        }
        self.raw("</li>");
    }

    fn head(&mut self, line: &Line, kind: BlockKind) {
        // In a block of both, what stands without a label is to be avoided; an allergy says so.
        let label = line
            .label
            .map(|label| label.text(self.language))
            .unwrap_or_default();
        if label.is_empty() && line.head.is_empty() {
            return;
        }
        self.raw("<span class=\"head\">");
        if !label.is_empty() {
            self.raw("<i>");
            self.text(label);
            self.raw("</i> ");
        }
        self.text(&line.head);
        if kind == BlockKind::Now && !line.head.is_empty() {
            self.raw("</span><span class=\"arrow\" aria-hidden=\"true\">→");
        }
        self.raw("</span>");
    }

    fn hours(&mut self, line: &Line) {
        let words = [
            wording::hours(&line.hours, self.language),
            wording::first_at(&line.first_at, self.language).to_owned(),
        ];
        for (class, words) in ["hours", "first"].into_iter().zip(words) {
            if !words.is_empty() {
                self.raw(&format!("<span class=\"{class}\">"));
                self.text(&words);
                self.raw("</span>");
            }
        }
    }

    /// Both values, each with who says so: nobody has decided, and paper decides least of all.
    fn contradiction(&mut self, line: &Line) {
        self.raw("<div class=\"both\"><p>");
        self.text(self.language.pick(
            "≠ 記載がくい違っています。どちらか決まっていません",
            "≠ People say different things; not settled",
        ));
        self.raw("</p><ol>");
        for alternative in &line.says {
            self.raw("<li><span class=\"text\">");
            self.text(&alternative.text);
            self.raw("</span>");
            self.source(&alternative.source);
            self.raw("</li>");
        }
        for retraction in &line.retracted {
            self.raw("<li><span class=\"text\">");
            self.text(self.language.pick("取り消し: ", "Retracted: "));
            self.text(&retraction.text);
            self.raw("</span>");
            self.source(&retraction.source);
            self.raw("</li>");
        }
        self.raw("</ol></div>");
        self.hours(line);
    }

    fn source(&mut self, source: &Source) {
        let class = match source.standing {
            Standing::Confirmed => "source confirmed",
            Standing::Transcribed => "source transcribed",
            Standing::Plain => "source",
        };
        self.raw(&format!("<small class=\"{class}\">"));
        self.text(&source.text(self.language));
        self.raw("</small>");
    }

    fn inline_if(&mut self, alternatives: &[Alternative]) {
        if !alternatives.is_empty() {
            self.raw("<span>");
            self.alternatives_inline(alternatives);
            self.raw("</span>");
        }
    }

    /// Wordings of one value in a row; contradictory ones with who says each.
    fn alternatives_inline(&mut self, alternatives: &[Alternative]) {
        for (place, alternative) in alternatives.iter().enumerate() {
            if place > 0 {
                self.raw(" <span class=\"not\">≠</span> ");
            }
            self.text(&alternative.text);
            if alternatives.len() > 1 {
                self.source(&alternative.source);
            }
        }
    }

    fn weights(&mut self, weights: &[Alternative]) {
        for (place, weight) in weights.iter().enumerate() {
            if place > 0 {
                self.raw(" <span class=\"not\">≠</span> ");
            }
            self.text(&weight.text);
            if let Some(on) = &weight.source.known_on {
                self.raw("<small>");
                self.text(&match self.language {
                    Language::Ja => format!("（{on} 測定）"),
                    Language::En => format!(" (measured {on})"),
                });
                self.raw("</small>");
            }
            if weights.len() > 1 {
                self.source(&weight.source);
            }
        }
    }

    fn left_out(&mut self, sheet: &Sheet) {
        let in_code = sheet
            .code
            .as_ref()
            .map(|code| LeftOut::sentence(&code.left_out, self.language));
        let no_code = sheet.code.is_none().then(|| {
            let words = self.language.pick(
                "要点が長く、QRにできませんでした",
                "The key lines are too long for a QR code",
            );
            words.to_owned()
        });
        let on_paper = (!sheet.left_out.is_empty()).then(|| {
            let items: Vec<_> = sheet
                .left_out
                .iter()
                .map(|left| left.text(self.language))
                .collect();
            match self.language {
                Language::Ja => format!("この紙に入りきらなかったもの: {}", items.join("、")),
                Language::En => format!("Did not fit on this sheet: {}", items.join("; ")),
            }
        });
        for sentence in [in_code, no_code, on_paper]
            .into_iter()
            .flatten()
            .filter(|s| !s.is_empty())
        {
            self.raw("<p class=\"left-out\">");
            self.text(&sentence);
            self.raw("</p>");
        }
    }

    fn footer(&mut self, sheet: &Sheet) {
        self.raw("<p class=\"foot\"><b>");
        self.text(&names(&sheet.screen.who.name));
        self.raw("</b> ");
        self.text(&names(&sheet.screen.who.birth_date));
        self.text(&match self.language {
            Language::Ja => format!(
                "　印刷 {} ・ 第{}版　紙は古くなります。最新は家族の記録にあります",
                sheet.printed_on, sheet.generation
            ),
            Language::En => {
                format!(
                    " · printed {} · no. {} · Paper grows old: the family holds the latest",
                    sheet.printed_on, sheet.generation
                )
            }
        });
        self.raw("</p>");
    }

    fn wallet(&mut self, sheet: &Sheet) {
        let who = &sheet.screen.who;
        self.raw("<section class=\"wallet\"><p class=\"cut\">");
        self.text(self.language.pick(
            "✂ 切り取って、まん中で折る",
            "✂ Cut out, fold in the middle",
        ));
        self.raw("</p><div class=\"halves\">");
        self.raw(if sheet.wallet.large {
            "<div class=\"half large\">"
        } else {
            "<div class=\"half\">"
        });
        self.raw("<p class=\"name\"><b>");
        self.text(&names(&who.name));
        self.raw("</b> ");
        let born = names(&who.birth_date);
        self.text(&[born.as_str(), &names(&who.sex), &names(&who.weight)].join(" "));
        self.raw("</p><ul>");
        for line in &sheet.wallet.lines {
            self.raw(&format!(
                "<li class=\"w-{}\"><span class=\"sign\" aria-hidden=\"true\">{}</span>",
                class(line.kind),
                mark(line.kind)
            ));
            self.text(&line.text);
            self.raw("</li>");
        }
        if sheet.wallet.more > 0 {
            self.raw("<li class=\"more\">");
            self.text(&match self.language {
                Language::Ja => format!("ほか{}件は裏のQRと緊急用紙に", sheet.wallet.more),
                Language::En => format!("{} more in the code and on the sheet", sheet.wallet.more),
            });
            self.raw("</li>");
        }
        self.raw("</ul></div><div class=\"half back\">");
        if let Some(code) = &sheet.code {
            self.raw(&code.svg);
        }
        self.raw("<p>");
        self.text(&match self.language {
            Language::Ja => format!(
                "緊急時はカメラで読んでください。印刷 {} ・ 第{}版",
                sheet.printed_on, sheet.generation
            ),
            Language::En => format!(
                "In an emergency scan with a camera. Printed {} · no. {}",
                sheet.printed_on, sheet.generation
            ),
        });
        self.raw("</p></div></div></section>");
    }

    fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// Text, with numbers bound to their units.
    fn text(&mut self, text: &str) {
        for (bound, run) in runs(text) {
            if bound {
                self.raw("<span class=\"nb\">");
                self.raw(&escaped(run));
                self.raw("</span>");
            } else {
                self.raw(&escaped(run).replace('\n', "<br>"));
            }
        }
    }
}

fn names(alternatives: &[Alternative]) -> String {
    alternatives
        .iter()
        .map(|a| a.text.as_str())
        .collect::<Vec<_>>()
        .join(" ≠ ")
}

/// The source that most lines share, if more than one does.
fn common<'a>(alternatives: &[&'a Alternative]) -> Option<&'a Source> {
    let times = |source: &Source| alternatives.iter().filter(|a| a.source == *source).count();
    alternatives
        .iter()
        .map(|a| &a.source)
        .max_by_key(|source| times(source))
}

const fn class(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Never => "never",
        BlockKind::Now => "now",
        BlockKind::Airway => "airway",
        BlockKind::Baseline => "baseline",
        BlockKind::Avoid => "avoid",
        BlockKind::Diagnosis => "diagnosis",
        BlockKind::Wish => "wish",
        BlockKind::Phone => "phone",
        BlockKind::CriticalMedicine => "critical-medicine",
        BlockKind::Medicine => "medicine",
        BlockKind::Rest => "rest",
    }
}

/// On the wallet card every line carries its sign.
const fn mark(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Never => "✕",
        BlockKind::Now => "▶",
        BlockKind::Avoid => "⊘",
        BlockKind::Phone => "☎",
        _ => "・",
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
