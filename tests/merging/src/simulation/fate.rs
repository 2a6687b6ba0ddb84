//! What becomes of a fact that people replace, take back and say again: the design's rule, written down a second time.
//!
//! Whoever may write answers for all that they saw, whoever may only add for their own words. A retraction holds until somebody
//! says otherwise who saw it; it covers what its author saw. What it does not cover stands beside it. Whoever may only add takes
//! back a fact if nobody else said anything of it, and otherwise just their own words.

use super::words::Written;
use omamori_core::{
    ledger::rights::Right,
    statement::StatementId,
    view::{FactView, Presence},
};

/// What counts of all that was said of one fact.
pub(super) struct Fate<'a>(pub(super) Vec<(&'a Written, Right)>);

impl<'a> Fate<'a> {
    /// Who said what of the fact, in the place of what: for whoever has to find out what went wrong.
    pub(super) fn told(&self) -> String {
        let text = |id: &StatementId| {
            let mut said = self.0.iter().map(|of| of.0);
            let found = said.find(|written| written.id == *id);
            found.map_or("something that does not count", |written| &written.text)
        };
        let line = |(written, right): &(&Written, Right)| {
            let replaces: Vec<&str> = written.replaces.iter().map(text).collect();
            let answers: Vec<&str> = written.answers.iter().map(text).collect();
            let verb = if written.retracts {
                "takes back"
            } else {
                "replaces"
            };
            format!(
                "{} ({right:?}) {verb} {replaces:?} and answers {answers:?}",
                written.text
            )
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    fn may_answer(of: (&Written, Right), other: &Written) -> bool {
        of.1 >= Right::Write || of.0.author == other.author
    }

    /// Does something else stand in the place of these words, or did their author take them back?
    pub(super) fn is_gone(&self, words: &Written) -> bool {
        let replaces = |of: &&(&Written, Right)| {
            of.0.replaces.contains(&words.id) && Self::may_answer(**of, words)
        };
        let mut others = self.0.iter().filter(replaces);
        others.any(|of| match of.0.retracts {
            true => !self.is_answered(of.0) && !self.holds(*of),
            false => true,
        })
    }

    /// Did somebody who saw a retraction say otherwise?
    fn is_answered(&self, retraction: &Written) -> bool {
        self.0
            .iter()
            .any(|of| of.0.answers.contains(&retraction.id) && Self::may_answer(*of, retraction))
    }

    /// Does a retraction hold against the whole fact?
    fn holds(&self, (retraction, right): (&Written, Right)) -> bool {
        let said = || self.0.iter().map(|of| of.0);
        let alone = said().all(|other| other.author == retraction.author);
        let takes_back = said().any(|other| retraction.replaces.contains(&other.id));
        !self.is_answered(retraction) && (right >= Right::Write || alone && takes_back)
    }

    fn holding(&self) -> impl Iterator<Item = (&'a Written, Right)> {
        self.0
            .iter()
            .filter(|of| of.0.retracts && self.holds(**of))
            .copied()
    }

    /// Does this retraction stand?
    pub(super) fn stands(&self, retraction: &Written) -> bool {
        self.holding().any(|of| of.0.id == retraction.id)
    }

    /// Does a fact look as it must? `None`, if it does.
    pub(super) fn mismatch(&self, fact: Option<&FactView>) -> Option<String> {
        let Some(fact) = fact else {
            return (!self.0.is_empty()).then(|| "a fact that was taken back is gone".to_owned());
        };
        if self.0.is_empty() {
            return Some("a fact is shown of which nothing counts".to_owned());
        }
        let shown = |retraction: &Written| {
            let mut shown = fact.retractions().iter();
            shown.any(|of| {
                let by = (of.said.statement, of.said.author.device, of.said.at);
                of.reason == retraction.text
                    && by == (retraction.id, retraction.author, retraction.at)
            })
        };
        let holding = self.holding().count();
        let is_right = match &fact.presence {
            Presence::Present => holding == 0,
            Presence::Retracted(_) => holding > 0 && !self.stands_otherwise(),
            Presence::Contested(_) => holding > 0 && self.stands_otherwise(),
        };
        let complete = self.holding().all(|of| shown(of.0));
        (!is_right || !complete || fact.retractions().len() != holding).then(|| {
            format!(
                "a fact shows {:?}, and {holding} retractions hold: {}",
                fact.presence,
                self.told()
            )
        })
    }

    /// Is there something that no retraction covers?
    fn stands_otherwise(&self) -> bool {
        let is_covered = |words: &Written| {
            self.holding()
                .any(|of| of.0.replaces.contains(&words.id) && Self::may_answer(of, words))
        };
        let words = self.0.iter().map(|of| of.0).filter(|of| !of.retracts);
        words.filter(|words| !is_covered(words)).any(|words| {
            !words.answers.is_empty() || !words.text.is_empty() && !self.is_gone(words)
        })
    }
}
