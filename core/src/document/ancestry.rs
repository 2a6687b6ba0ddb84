//! Who had seen what: the changes that lie before a change, over everything it names.
//!
//! A reference counts only if its author can have seen what it refers to, and hashes prove that: nobody can name the hash of a
//! change that is not written yet. Counters prove nothing, they can be guessed.
//!
//! Changes lie on *lines*: a change is on its author's line if it directly follows that line's last one, else it begins a line
//! (a fork has two). What a change has seen is then one number for each line.

use crate::id::{ActorId, ChangeId};
use std::{collections::HashMap, rc::Rc};

/// One change, as far as its place among others goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) id: ChangeId,
    pub(super) actor: ActorId,
    /// What it follows, and what else its author had seen. Those nobody has are passed over.
    pub(super) parents: &'a [ChangeId],
}

/// Where a change stands on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spot {
    line: usize,
    /// From 1.
    place: u32,
}

/// What a change has seen of each line, itself included. Blocks are shared between changes that saw the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Vec<Rc<[u32; Seen::BLOCK]>>);

impl Seen {
    const BLOCK: usize = 32;

    fn of(&self, line: usize) -> u32 {
        let block = self.0.get(line / Self::BLOCK);
        block
            .and_then(|block| block.get(line % Self::BLOCK))
            .copied()
            .unwrap_or(0)
    }

    fn raise(&mut self, spot: Spot) {
        let block = spot.line / Self::BLOCK;
        if self.0.len() <= block {
            self.0.resize_with(block + 1, Rc::default);
        }
        if let Some(place) = self
            .0
            .get_mut(block)
            .and_then(|block| Rc::make_mut(block).get_mut(spot.line % Self::BLOCK))
        {
            *place = (*place).max(spot.place);
        }
    }

    fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize_with(other.0.len(), Rc::default);
        }
        for (own, others) in self.0.iter_mut().zip(&other.0) {
            if !Rc::ptr_eq(own, others) && own != others {
                let places = Rc::make_mut(own).iter_mut().zip(others.iter());
                places.for_each(|(own, other)| *own = (*own).max(*other));
            }
        }
    }
}

/// The lines that changes lie on, as far as they were walked.
pub(super) struct Lines {
    index: HashMap<ChangeId, usize>,
    spots: Vec<Option<Spot>>,
    /// Each line's last place.
    ends: Vec<u32>,
}

impl Lines {
    /// Does this lie before what was seen, or is it the very change that saw?
    pub(super) fn lies_in(&self, change: &ChangeId, seen: &Seen) -> bool {
        self.index
            .get(change)
            .and_then(|node| self.spot(*node))
            .is_some_and(|spot| spot.place <= seen.of(spot.line))
    }

    fn spot(&self, node: usize) -> Option<Spot> {
        self.spots.get(node).copied().flatten()
    }

    /// Gives a change its spot: behind its author's own last one, or at the beginning of a line.
    fn place(&mut self, node: usize, own: impl Iterator<Item = usize>) -> Spot {
        let last = own
            .filter_map(|parent| self.spot(parent))
            .find(|spot| self.ends.get(spot.line) == Some(&spot.place));
        let spot = match last {
            Some(last) => Spot {
                line: last.line,
                place: last.place.saturating_add(1),
            },
            None => {
                self.ends.push(0);
                Spot {
                    line: self.ends.len() - 1,
                    place: 1,
                }
            }
        };
        if let Some(end) = self.ends.get_mut(spot.line) {
            *end = spot.place;
        }
        if let Some(place) = self.spots.get_mut(node) {
            *place = Some(spot);
        }
        spot
    }
}

/// Walks changes, each after everything it names, and tells `visit` what each one has seen.
pub(super) fn walk(nodes: &[Node<'_>], mut visit: impl FnMut(&ChangeId, &Lines, &Seen)) {
    let index: HashMap<ChangeId, usize> = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| (node.id, at))
        .collect();
    let known = |node: &Node<'_>| -> Vec<usize> {
        let parents = node.parents.iter();
        parents
            .filter_map(|parent| index.get(parent).copied())
            .collect()
    };
    let parents: Vec<Vec<usize>> = nodes.iter().map(known).collect();
    let mut kept = Kept::new(&parents);
    let mut lines = Lines {
        index,
        spots: vec![None; nodes.len()],
        ends: Vec::new(),
    };
    for at in in_order(&parents) {
        let (Some(node), Some(parents)) = (nodes.get(at), parents.get(at)) else {
            continue;
        };
        let mut seen = kept.inherit(parents);
        let is_own = |parent: &usize| {
            let other = nodes.get(*parent);
            other.is_some_and(|other| other.actor == node.actor)
        };
        seen.raise(lines.place(at, parents.iter().copied().filter(is_own)));
        visit(&node.id, &lines, &seen);
        kept.keep(at, seen);
    }
}

/// What changes have seen, kept only while somebody may still follow: a long history of one author needs one.
struct Kept {
    seen: Vec<Option<Seen>>,
    /// How many will still ask.
    heirs: Vec<usize>,
}

impl Kept {
    fn new(parents: &[Vec<usize>]) -> Self {
        let mut heirs = vec![0; parents.len()];
        for parent in parents.iter().flatten() {
            if let Some(count) = heirs.get_mut(*parent) {
                *count += 1;
            }
        }
        Self {
            seen: vec![None; parents.len()],
            heirs,
        }
    }

    /// The last heir takes it over.
    fn inherit(&mut self, parents: &[usize]) -> Seen {
        let mut seen: Option<Seen> = None;
        for parent in parents {
            let (Some(left), Some(kept)) =
                (self.heirs.get_mut(*parent), self.seen.get_mut(*parent))
            else {
                continue;
            };
            *left = left.saturating_sub(1);
            let inherited = if *left == 0 {
                kept.take()
            } else {
                kept.clone()
            };
            match (&mut seen, inherited) {
                (Some(seen), Some(inherited)) => seen.add(&inherited),
                (None, inherited) => seen = inherited,
                (Some(_), None) => {}
            }
        }
        seen.unwrap_or_default()
    }

    fn keep(&mut self, at: usize, seen: Seen) {
        if let (Some(1..), Some(place)) = (self.heirs.get(at), self.seen.get_mut(at)) {
            *place = Some(seen);
        }
    }
}

/// Each change after its parents. Hashes cannot form circles.
fn in_order(parents: &[Vec<usize>]) -> Vec<usize> {
    let mut done = vec![false; parents.len()];
    let is_done = |done: &[bool], at: usize| done.get(at).copied().unwrap_or(true);
    let mut order = Vec::with_capacity(parents.len());
    for first in 0..parents.len() {
        let mut open = vec![(first, 0)];
        while let Some((at, next)) = open.pop() {
            if is_done(&done, at) {
                continue;
            }
            if let Some(parent) = parents.get(at).and_then(|parents| parents.get(next)) {
                open.push((at, next + 1));
                if !is_done(&done, *parent) {
                    open.push((*parent, 0));
                }
            } else {
                if let Some(done) = done.get_mut(at) {
                    *done = true;
                }
                order.push(at);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> ChangeId {
        ChangeId::new([number; 32])
    }

    fn saw(nodes: &[(u8, u8, &[u8])], who: u8, what: u8) -> bool {
        let parents: Vec<Vec<ChangeId>> = nodes
            .iter()
            .map(|(.., parents)| parents.iter().map(|n| id(*n)).collect())
            .collect();
        let nodes: Vec<Node<'_>> = nodes
            .iter()
            .zip(&parents)
            .map(|((number, actor, _), parents)| Node {
                id: id(*number),
                actor: ActorId::new([*actor; 16]),
                parents,
            })
            .collect();
        let mut seen = Vec::new();
        walk(&nodes, |at, lines, before| {
            if *at == id(who) {
                seen.push(lines.lies_in(&id(what), before));
            }
        });
        assert_eq!(seen.len(), 1);
        seen[0]
    }

    #[test]
    fn a_nurse_has_seen_what_she_follows_and_what_that_follows_and_nothing_said_beside_it() {
        // The mother: 1, 2, 3. The nurse: 11 after 2, 12 after 11.
        let story: &[(u8, u8, &[u8])] = &[
            (12, 9, &[11]),
            (1, 1, &[]),
            (11, 9, &[2]),
            (2, 1, &[1]),
            (3, 1, &[2]),
        ];
        assert!(saw(story, 12, 1) && saw(story, 12, 2) && saw(story, 12, 12));
        assert!(!saw(story, 12, 3) && !saw(story, 3, 11));
    }

    #[test]
    fn whoever_saw_one_branch_of_a_fork_has_not_seen_the_other() {
        let story: &[(u8, u8, &[u8])] = &[
            (1, 1, &[]),
            (2, 1, &[1]),
            (3, 1, &[1]),
            (4, 1, &[3]),
            (9, 2, &[4]),
        ];
        assert!(saw(story, 9, 3) && saw(story, 9, 4) && saw(story, 9, 1));
        assert!(!saw(story, 9, 2));
    }

    #[test]
    fn a_change_that_nobody_has_is_passed_over() {
        let story: &[(u8, u8, &[u8])] = &[(1, 1, &[]), (5, 2, &[1, 77])];
        assert!(saw(story, 5, 1) && !saw(story, 5, 77));
    }

    #[test]
    fn forty_authors_who_met_have_all_been_seen() {
        let authors: Vec<(u8, u8, &[u8])> = (1..=40).map(|n| (n, n, [].as_slice())).collect();
        let everybody: Vec<u8> = (1..=40).collect();
        let mut story = authors;
        story.push((100, 100, &everybody));
        story.push((101, 101, &[100]));
        assert!((1..=40).all(|author| saw(&story, 101, author)));
    }
}
