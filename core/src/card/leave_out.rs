//! What a card leaves out when not everything fits: a written rule, so that nobody has to guess what a missing line means.
//!
//! Dropped one after another, from the end of each block, until the rest fits:
//! 1. doses and times of routine medicines (their names stay),
//! 2. the rest,
//! 3. routine medicines,
//! 4. all phone numbers but the first by day and the first by night,
//! 5. documents and informants of the sources (who entered it, when, and its standing stay),
//! 6. rescue medicines and those never to interrupt,
//! 7. all diagnoses but the first, 8. baseline, 9. wishes, 10. airway, devices and settings, 11. phone numbers, 12. the diagnosis.
//!
//! Identity, must-never, now, allergies and what to avoid are never dropped. The card says how much of what it left out.

use super::{Contents, MakeError};
use crate::screen::{
    first::{BlockKind, FirstScreen, Line},
    source::Source,
};
use serde::{Deserialize, Serialize};

/// How much of what did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// From which block.
    pub block: BlockKind,
    /// Lines, or part of each line.
    pub what: What,
    /// How many.
    pub count: u16,
}

/// What of a block did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Whole lines.
    Lines,
    /// Doses and times; the names are there.
    Doses,
    /// Documents and informants of the sources, in the whole card.
    Sources,
}

impl What {
    /// All of them, in the order of their numbers on a card.
    pub(super) const ALL: [Self; 3] = [Self::Lines, Self::Doses, Self::Sources];
}

/// One thing more left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Dose(usize),
    Line(BlockKind, usize),
    Sources,
}

/// The contents and payload with as little left out as fits into `room` bytes.
///
/// # Errors
/// [`MakeError::TooMuch`] if what is never dropped does not fit, or what `seal` returns.
pub(super) fn until_it_fits(
    screen: &FirstScreen,
    room: usize,
    seal: impl Fn(FirstScreen, Vec<LeftOut>) -> Result<(Contents, Vec<u8>), MakeError>,
) -> Result<(Contents, Vec<u8>), MakeError> {
    let screen = FirstScreen {
        who: crate::screen::first::Who {
            photo: None,
            ..screen.who.clone()
        },
        ..screen.clone()
    };
    let steps = steps(&screen);
    let attempt = |taken: usize| {
        let taken = steps.get(..taken).unwrap_or(&steps);
        seal(without(&screen, taken), tally(taken))
    };
    let all = attempt(0)?;
    if all.1.len() <= room {
        return Ok(all);
    }
    let mut best = attempt(steps.len())?;
    if best.1.len() > room {
        return Err(MakeError::TooMuch {
            bytes: best.1.len(),
            room,
        });
    }
    // `high` fits, `low` does not; each step makes the card smaller, or nearly so.
    let (mut low, mut high) = (0, steps.len());
    while high - low > 1 {
        let middle = low.midpoint(high);
        let tried = attempt(middle)?;
        if tried.1.len() <= room {
            (high, best) = (middle, tried);
        } else {
            low = middle;
        }
    }
    Ok(best)
}

/// Everything that may be left out, in the order in which it goes.
fn steps(screen: &FirstScreen) -> Vec<Step> {
    use BlockKind::{Airway, Baseline, CriticalMedicine, Diagnosis, Medicine, Phone, Rest, Wish};
    let lines = |kind| {
        screen
            .blocks
            .iter()
            .filter(move |b| b.kind == kind)
            .flat_map(|b| &b.lines)
    };
    let last_first = |kind| {
        (0..lines(kind).count())
            .rev()
            .map(move |i| Step::Line(kind, i))
    };
    let phones: Vec<&Line> = lines(Phone).collect();
    let (later, first): (Vec<_>, Vec<_>) = last_first(Phone)
        .partition(|step| !matches!(step, Step::Line(_, i) if is_first_number(&phones, *i)));
    let (more, main): (Vec<_>, Vec<_>) =
        last_first(Diagnosis).partition(|step| !matches!(step, Step::Line(_, 0)));
    let doses = (0..lines(Medicine).count()).rev().map(Step::Dose);
    doses
        .chain(last_first(Rest))
        .chain(last_first(Medicine))
        .chain(later)
        .chain([Step::Sources])
        .chain(last_first(CriticalMedicine))
        .chain(more)
        .chain(last_first(Baseline))
        .chain(last_first(Wish))
        .chain(last_first(Airway))
        .chain(first)
        .chain(main)
        .collect()
}

/// Is this the number a stranger calls first, by day or by night?
fn is_first_number(phones: &[&Line], place: usize) -> bool {
    ["day", "night"].into_iter().any(|hour| {
        let named = phones.iter().position(|line| line.first_at == hour);
        place == named.unwrap_or(0)
    })
}

fn without(screen: &FirstScreen, taken: &[Step]) -> FirstScreen {
    let mut screen = screen.clone();
    for block in &mut screen.blocks {
        let kind = block.kind;
        let mut place = 0..;
        block.lines.retain_mut(|line| {
            let place = place.next().unwrap_or(usize::MAX);
            if kind == BlockKind::Medicine && taken.contains(&Step::Dose(place)) {
                forget_dose(line);
            }
            !taken.contains(&Step::Line(kind, place))
        });
    }
    screen.blocks.retain(|block| !block.lines.is_empty());
    if taken.contains(&Step::Sources) {
        shorten_sources(&mut screen);
    }
    screen
}

fn forget_dose(line: &mut Line) {
    line.says.truncate(1);
    line.says.iter_mut().for_each(|says| says.text.clear());
}

fn shorten_sources(screen: &mut FirstScreen) {
    let who = &mut screen.who;
    let who = [
        &mut who.name,
        &mut who.reading,
        &mut who.birth_date,
        &mut who.sex,
        &mut who.weight,
    ];
    let lines = screen
        .blocks
        .iter_mut()
        .flat_map(|b| &mut b.lines)
        .flat_map(|l| l.says.iter_mut().chain(&mut l.retracted));
    for alternative in who.into_iter().flatten().chain(lines) {
        let source = &mut alternative.source;
        *source = Source {
            told_by: None,
            document: None,
            ..std::mem::take(source)
        };
    }
}

/// How much of what has gone: a medicine that went whole is not counted among the doses again.
fn tally(taken: &[Step]) -> Vec<LeftOut> {
    let count = |test: &dyn Fn(&Step) -> bool| {
        u16::try_from(taken.iter().filter(|s| test(s)).count()).unwrap_or(u16::MAX)
    };
    let lines = |kind| count(&|step| matches!(step, Step::Line(k, _) if *k == kind));
    let doses =
        count(&|step| matches!(step, Step::Dose(_))).saturating_sub(lines(BlockKind::Medicine));
    let sources = count(&|step| *step == Step::Sources);
    BlockKind::ALL
        .into_iter()
        .map(|block| LeftOut {
            block,
            what: What::Lines,
            count: lines(block),
        })
        .chain([
            LeftOut {
                block: BlockKind::Medicine,
                what: What::Doses,
                count: doses,
            },
            LeftOut {
                block: BlockKind::Rest,
                what: What::Sources,
                count: sources,
            },
        ])
        .filter(|left| left.count > 0)
        .collect()
}
