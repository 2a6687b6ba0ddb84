//! The lines of a card as one text, so that the compressor sees sentences and not structure.
//!
//! ```text
//! lines  = name reading birth-date sex weight *block
//! name … = [said *(03 said)] LF
//! block  = 10+kind *line                                kind: place in BlockKind::ALL
//! line   = [01 label] [head 09] says *(04 said) [05 hours] [06 first-at] LF
//! says   = said *(03 said) / 08                         08: nobody says it any more, somebody retracted it
//! said   = [02 source] text                             source stays until the next 02; the first is number 0
//! label, source = one character, U+0040 + number
//! ```
//! Numbers are bytes in hexadecimal. A control character within a text is written as 07 and the character 40 higher.

use super::OpenError;
use crate::screen::{
    first::{Alternative, Block, BlockKind, FirstScreen, Line, Who},
    label::Label,
    source::Source,
};
use std::iter::Peekable;

const LABEL: char = '\u{1}';
const SOURCE: char = '\u{2}';
const ALSO: char = '\u{3}';
const RETRACTED: char = '\u{4}';
const HOURS: char = '\u{5}';
const FIRST_AT: char = '\u{6}';
const ESCAPE: char = '\u{7}';
const NOBODY: char = '\u{8}';
const HEAD: char = '\t';
const END: char = '\n';
const BLOCK: u32 = 0x10;
const NUMBER: u32 = 0x40;

/// Every source of the screen once, in the order of first use.
pub(super) fn sources(screen: &FirstScreen) -> Vec<Source> {
    let lines = screen
        .blocks
        .iter()
        .flat_map(|b| &b.lines)
        .flat_map(|l| l.says.iter().chain(&l.retracted));
    let mut sources: Vec<Source> = Vec::new();
    for alternative in of_who(&screen.who).into_iter().flatten().chain(lines) {
        if !sources.contains(&alternative.source) {
            sources.push(alternative.source.clone());
        }
    }
    sources
}

fn of_who(who: &Who) -> [&Vec<Alternative>; 5] {
    [
        &who.name,
        &who.reading,
        &who.birth_date,
        &who.sex,
        &who.weight,
    ]
}

/// The screen as text, all but its sources and its date.
pub(super) fn write(screen: &FirstScreen, sources: &[Source]) -> String {
    let mut writer = Writer {
        sources,
        source: 0,
        text: String::new(),
    };
    for alternatives in of_who(&screen.who) {
        writer.joined(alternatives, ALSO);
        writer.text.push(END);
    }
    for block in &screen.blocks {
        writer
            .text
            .push(numbered(BLOCK, &BlockKind::ALL, &block.kind));
        block.lines.iter().for_each(|line| writer.line(line));
    }
    writer.text
}

struct Writer<'a> {
    sources: &'a [Source],
    source: usize,
    text: String,
}

impl Writer<'_> {
    fn line(&mut self, line: &Line) {
        if let Some(label) = &line.label {
            self.text
                .extend([LABEL, numbered(NUMBER, &Label::ALL, label)]);
        }
        if !line.head.is_empty() {
            self.escaped(&line.head);
            self.text.push(HEAD);
        }
        if line.says.is_empty() {
            self.text.push(NOBODY);
        }
        self.joined(&line.says, ALSO);
        for retraction in &line.retracted {
            self.text.push(RETRACTED);
            self.said(retraction);
        }
        for (mark, text) in [(HOURS, &line.hours), (FIRST_AT, &line.first_at)] {
            if !text.is_empty() {
                self.text.push(mark);
                self.escaped(text);
            }
        }
        self.text.push(END);
    }

    fn joined(&mut self, alternatives: &[Alternative], between: char) {
        for (place, alternative) in alternatives.iter().enumerate() {
            if place > 0 {
                self.text.push(between);
            }
            self.said(alternative);
        }
    }

    fn said(&mut self, alternative: &Alternative) {
        let source = self
            .sources
            .iter()
            .position(|s| *s == alternative.source)
            .unwrap_or_default();
        if source != self.source {
            self.source = source;
            self.text
                .extend([SOURCE, numbered(NUMBER, self.sources, &alternative.source)]);
        }
        self.escaped(&alternative.text);
    }

    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match u32::from(character) {
                control @ 0..0x20 => self
                    .text
                    .extend([ESCAPE, char::from_u32(control + NUMBER).unwrap_or(ESCAPE)]),
                _ => self.text.push(character),
            }
        }
    }
}

/// Nothing has so many members that this is not a character: sources are bounded by the size of a code.
fn numbered<T: PartialEq>(base: u32, all: &[T], one: &T) -> char {
    let place = all.iter().position(|t| t == one).unwrap_or_default();
    u32::try_from(place)
        .ok()
        .and_then(|place| char::from_u32(base + place))
        .unwrap_or('\u{fffd}')
}

/// The screen from text; its date is not in it.
///
/// # Errors
/// [`OpenError::Damaged`] if this is not what [`write`] writes, [`OpenError::Newer`] if it uses a number not yet given a meaning.
pub(super) fn read(text: &str, sources: &[Source]) -> Result<(Who, Vec<Block>), OpenError> {
    let mut reader = Reader {
        sources,
        source: 0,
        text: text.chars().peekable(),
    };
    let who = Who {
        name: reader.who()?,
        reading: reader.who()?,
        birth_date: reader.who()?,
        sex: reader.who()?,
        weight: reader.who()?,
        ..Who::default()
    };
    let mut blocks = Vec::new();
    while let Some(mark) = reader.text.next() {
        let kind = member(BLOCK, &BlockKind::ALL, mark)?;
        blocks.push(Block {
            kind,
            lines: reader.lines()?,
        });
    }
    Ok((who, blocks))
}

struct Reader<'a> {
    sources: &'a [Source],
    source: usize,
    text: Peekable<std::str::Chars<'a>>,
}

impl Reader<'_> {
    fn who(&mut self) -> Result<Vec<Alternative>, OpenError> {
        let alternatives = if self.text.peek() == Some(&END) {
            Vec::new()
        } else {
            self.joined()?
        };
        self.expect(END)?;
        Ok(alternatives)
    }

    fn lines(&mut self) -> Result<Vec<Line>, OpenError> {
        let mut lines = Vec::new();
        while self
            .text
            .peek()
            .is_some_and(|&c| !(BLOCK..0x20).contains(&u32::from(c)))
        {
            lines.push(self.line()?);
        }
        if lines.is_empty() {
            Err(OpenError::Damaged)
        } else {
            Ok(lines)
        }
    }

    fn line(&mut self) -> Result<Line, OpenError> {
        let mut line = Line::default();
        if self.take(LABEL) {
            line.label = Some(member(NUMBER, &Label::ALL, self.next()?)?);
        }
        if !self.take(NOBODY) {
            line.says = self.joined()?;
        }
        if self.take(HEAD) {
            // What looked like the text was the heading.
            match std::mem::take(&mut line.says).as_slice() {
                [head] => line.head.clone_from(&head.text),
                _ => return Err(OpenError::Damaged),
            }
            if !self.take(NOBODY) {
                line.says = self.joined()?;
            }
        }
        while self.take(RETRACTED) {
            line.retracted.push(self.said()?);
        }
        if self.take(HOURS) {
            line.hours = self.plain()?;
        }
        if self.take(FIRST_AT) {
            line.first_at = self.plain()?;
        }
        self.expect(END)?;
        Ok(line)
    }

    fn joined(&mut self) -> Result<Vec<Alternative>, OpenError> {
        let mut alternatives = vec![self.said()?];
        while self.take(ALSO) {
            alternatives.push(self.said()?);
        }
        Ok(alternatives)
    }

    fn said(&mut self) -> Result<Alternative, OpenError> {
        if self.take(SOURCE) {
            let number = u32::from(self.next()?)
                .checked_sub(NUMBER)
                .ok_or(OpenError::Damaged)?;
            self.source = usize::try_from(number).map_err(|_| OpenError::Damaged)?;
        }
        let source = self
            .sources
            .get(self.source)
            .cloned()
            .ok_or(OpenError::Damaged)?;
        Ok(Alternative {
            text: self.plain()?,
            source,
        })
    }

    fn plain(&mut self) -> Result<String, OpenError> {
        let mut text = String::new();
        while let Some(character) = self.text.next_if(|&c| c >= ' ' || c == ESCAPE) {
            text.push(match character {
                ESCAPE => u32::from(self.next()?)
                    .checked_sub(NUMBER)
                    .filter(|&control| control < 0x20)
                    .and_then(char::from_u32)
                    .ok_or(OpenError::Damaged)?,
                other => other,
            });
        }
        Ok(text)
    }

    fn take(&mut self, mark: char) -> bool {
        self.text.next_if_eq(&mark).is_some()
    }

    fn expect(&mut self, mark: char) -> Result<(), OpenError> {
        if self.take(mark) {
            Ok(())
        } else {
            Err(OpenError::Damaged)
        }
    }

    fn next(&mut self) -> Result<char, OpenError> {
        self.text.next().ok_or(OpenError::Damaged)
    }
}

fn member<T: Clone>(base: u32, all: &[T], mark: char) -> Result<T, OpenError> {
    let place = u32::from(mark)
        .checked_sub(base)
        .ok_or(OpenError::Damaged)?;
    all.get(usize::try_from(place).map_err(|_| OpenError::Damaged)?)
        .cloned()
        .ok_or(OpenError::Newer)
}
