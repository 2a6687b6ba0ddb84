//! How much room text takes on paper, estimated, and where it may break.

use crate::screen::first::{Block, BlockKind, FirstScreen, Line};

/// Full-width characters across the sheet at 10.5 pt, less headings and margins.
const ACROSS: usize = 44;

/// Width of a text in half-width characters: Japanese takes two, Latin one.
pub(super) fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if u32::from(c) < 0x1100 { 1 } else { 2 })
        .sum()
}

/// Lines of the sheet's whole width that a screen takes, estimated from above.
pub(super) fn lines(screen: &FirstScreen) -> usize {
    let head = 9;
    head + screen.blocks.iter().map(block_lines).sum::<usize>()
}

fn block_lines(block: &Block) -> usize {
    let lines: usize = block.lines.iter().map(line_lines).sum();
    match block.kind {
        // Values stand side by side, four in a row.
        BlockKind::Baseline => 2 + lines.div_ceil(3),
        // Two columns.
        BlockKind::Phone | BlockKind::Medicine => 2 + lines.div_ceil(2),
        // Set larger.
        BlockKind::Never | BlockKind::Now => 2 + lines * 3 / 2,
        _ => 2 + lines,
    }
}

fn line_lines(line: &Line) -> usize {
    let says = line
        .says
        .iter()
        .chain(&line.retracted)
        .map(|a| width(&a.text));
    let head = width(&line.head);
    let contradicted = usize::from(line.is_contradicted());
    contradicted
        + says
            .map(|text| (head + text).div_ceil(2 * ACROSS - 12).max(1))
            .sum::<usize>()
}

/// Splits a text into runs that may not break within (a number and its unit, a telephone number), and everything else.
pub(super) fn runs(text: &str) -> Vec<(bool, &str)> {
    let mut runs: Vec<(bool, &str)> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let bound = bound_length(rest);
        let length = if bound > 0 { bound } else { free_length(rest) };
        let (run, after) = rest.split_at(length);
        runs.push((bound > 0, run));
        rest = after;
    }
    runs
}

/// Longer runs would run over the margin.
const LONGEST: usize = 22;

fn bound_length(text: &str) -> usize {
    let mut length = 0;
    let mut has_digit = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let follows = characters.peek().map(|(_, next)| *next);
        // "9.0 kg": the space between a number and its unit.
        let inner_space = character == ' '
            && text
                .get(..at)
                .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
            && follows.is_some_and(|c| c.is_ascii_alphabetic() || c == '%' || c == '℃');
        if !(is_bound(character) || inner_space) {
            break;
        }
        has_digit |= character.is_ascii_digit();
        length = at + character.len_utf8();
        if length > LONGEST {
            break;
        }
    }
    if has_digit { length } else { 0 }
}

/// Up to where the next bound run could begin.
fn free_length(text: &str) -> usize {
    let mut previous_bound = false;
    for (at, character) in text.char_indices() {
        let bound = is_bound(character);
        if at > 0
            && bound
            && !previous_bound
            && text.get(at..).is_some_and(|rest| bound_length(rest) > 0)
        {
            return at;
        }
        previous_bound = bound;
    }
    text.len()
}

fn is_bound(character: char) -> bool {
    character.is_ascii_alphanumeric() || "./:%<>≥≤+~–-×℃°μ".contains(character)
}
