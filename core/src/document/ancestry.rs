//! Who had seen what: the changes that lie before a change, over everything it names.
//!
//! A reference counts only if its author can have seen what it refers to, and hashes prove that: nobody can name the hash of a
//! change that is not written yet. Counters prove nothing, they can be guessed.
//!
//! Changes lie on *lines*: a change is on its author's line if it directly follows that line's last one, else it begins a line
//! (a fork has two). What a change has seen is then one number for each line.

use crate::id::{ActorId, ChangeId};
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

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
#[derive(Debug, Default)]
pub(super) struct Lines {
    spots: HashMap<ChangeId, Spot>,
    /// Each line's last place.
    ends: Vec<u32>,
}

impl Lines {
    /// Does this lie before what was seen, or is it the very change that saw?
    pub(super) fn lies_in(&self, change: &ChangeId, seen: &Seen) -> bool {
        self.spots
            .get(change)
            .is_some_and(|spot| spot.place <= seen.of(spot.line))
    }

    fn place(&mut self, node: &Node<'_>, by_id: &HashMap<ChangeId, Node<'_>>) -> Spot {
        let own = node.parents.iter().filter(|parent| {
            by_id
                .get(parent)
                .is_some_and(|known| known.actor == node.actor)
        });
        let last = own
            .filter_map(|parent| self.spots.get(parent).copied())
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
        self.spots.insert(node.id, spot);
        spot
    }
}

/// Walks changes, each after everything it names, and tells `visit` what each one has seen.
pub(super) fn walk(nodes: &[Node<'_>], mut visit: impl FnMut(&ChangeId, &Lines, &Seen)) {
    let by_id: HashMap<ChangeId, Node<'_>> = nodes.iter().map(|node| (node.id, *node)).collect();
    let mut heirs: HashMap<ChangeId, usize> = HashMap::new();
    for parent in nodes.iter().flat_map(|node| node.parents) {
        *heirs.entry(*parent).or_default() += 1;
    }
    let mut lines = Lines::default();
    // Kept only while somebody may still follow: a long history of one author needs one.
    let mut kept: HashMap<ChangeId, Seen> = HashMap::new();
    for node in in_order(nodes, &by_id) {
        let mut seen = inherit(node, &mut heirs, &mut kept);
        let spot = lines.place(node, &by_id);
        seen.raise(spot);
        visit(&node.id, &lines, &seen);
        if heirs.get(&node.id).is_some_and(|left| *left > 0) {
            kept.insert(node.id, seen);
        }
    }
}

fn inherit(
    node: &Node<'_>,
    heirs: &mut HashMap<ChangeId, usize>,
    kept: &mut HashMap<ChangeId, Seen>,
) -> Seen {
    let mut seen: Option<Seen> = None;
    for parent in node.parents {
        let left = heirs.get_mut(parent).map_or(0, |left| {
            *left = left.saturating_sub(1);
            *left
        });
        // The last heir takes it over.
        let inherited = match left {
            0 => kept.remove(parent),
            _ => kept.get(parent).cloned(),
        };
        match (&mut seen, inherited) {
            (Some(seen), Some(inherited)) => seen.add(&inherited),
            (None, inherited) => seen = inherited,
            (Some(_), None) => {}
        }
    }
    seen.unwrap_or_default()
}

/// Each change after its parents. Hashes cannot form circles.
fn in_order<'a, 'n>(
    nodes: &'a [Node<'n>],
    by_id: &'a HashMap<ChangeId, Node<'n>>,
) -> Vec<&'a Node<'n>> {
    let mut done: HashSet<ChangeId> = HashSet::with_capacity(nodes.len());
    let mut order = Vec::with_capacity(nodes.len());
    for node in nodes {
        let mut open = vec![(node, 0)];
        while let Some((node, next)) = open.pop() {
            if done.contains(&node.id) {
                continue;
            }
            match node.parents.get(next) {
                Some(parent) => {
                    open.push((node, next + 1));
                    if let (Some(parent), false) = (by_id.get(parent), done.contains(parent)) {
                        open.push((parent, 0));
                    }
                }
                None => {
                    done.insert(node.id);
                    order.push(node);
                }
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
