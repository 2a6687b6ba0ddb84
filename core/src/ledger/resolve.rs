//! Which operations of a set are in force, when some of them take away what others stand on.
//!
//! Without removals everything that was taken is in force: each operation was judged by what its signer had seen. A removal
//! freezes the removed at what the remover had seen of them; what they signed beyond that is void, and so is what rests on
//! it. Removals may void each other, so they are decided one after the other, the most senior signer's first; what is decided
//! is not undone by a younger one. A removal that would then leave a compartment without a manager is void: of several who give
//! themselves up at once the most junior stays, and what they or others decide later stands.
//!
//! All of it is a function of the set: ranks are settled by what the signers had seen, and the order in which operations
//! arrived is used only where any order that keeps followers behind the followed gives the same.

use super::{
    graph::{Ended, Graph, Holder, Node, holder, link, rights},
    operation::Operation,
    places::Places,
    rights::Right,
    sight::{Asking, Ends, Sight},
};
use crate::id::{DeviceId, MemberId};

/// Most branches of one account that do not follow each other. Two phones and a restored backup make three.
pub(super) const MAX_BRANCHES: usize = 8;

/// A set of operations, and which of them are in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) set: Places,
    pub(super) effective: Places,
    pub(super) ends: Ends,
    /// Nobody floods it.
    calm: bool,
}

impl Resolved {
    pub(super) fn sight<'a>(&'a self, graph: &'a Graph) -> Sight<'a> {
        Sight {
            graph,
            effective: &self.effective,
            ends: &self.ends,
            at: &self.set,
            asking: Asking::Now,
        }
    }

    /// Decides a set that holds every ancestor of its members.
    pub(super) fn of(graph: &Graph, set: Places) -> Self {
        let suspended = suspended(graph, &set);
        let mut removals: Vec<usize> = graph.removals().to_vec();
        removals.retain(|removal| set.contains(*removal));
        let mut run = Run {
            graph,
            resolved: Self {
                calm: suspended.is_empty(),
                effective: Places::default(),
                ends: Ends::new(),
                set,
            },
            suspended,
        };
        if run.resolved.calm && run.is_peaceful(&removals) {
            run.resolved.effective = run.resolved.set.clone();
            for removal in removals {
                run.resolved.end(graph, removal);
            }
        } else {
            removals.sort_by_key(|removal| graph.node(*removal).map(|node| node.rank));
            run.decide_all(removals);
        }
        run.resolved
    }

    /// Adds an operation that follows, or does not contradict, all that is here. `None`: it has to be decided anew.
    pub(super) fn extended(mut self, graph: &Graph, place: usize) -> Option<Self> {
        let node = graph.node(place)?;
        let follows =
            |removal: &usize| node.before.contains(*removal) || !self.set.contains(*removal);
        let removals_seen = graph
            .removals()
            .iter()
            .filter(|removal| **removal != place)
            .all(follows);
        let is_removal = super::graph::is_removal(node.signed.operation());
        if !self.calm {
            return None;
        }
        let follows_all = node.before.len() == self.set.len();
        let crowded = node
            .account
            .is_some_and(|account| graph.charged_to(&account).len() > MAX_BRANCHES);
        if follows_all || (removals_seen && !is_removal && !crowded) {
            self.set.insert(place);
            self.effective.insert(place);
            if is_removal {
                self.end(graph, place);
            }
            Some(self)
        } else {
            None
        }
    }

    fn end(&mut self, graph: &Graph, removal: usize) {
        for ended in ended(graph, removal) {
            let by = self.ends.entry(ended).or_default();
            by.push(removal);
            by.sort_unstable();
        }
    }
}

fn ended(graph: &Graph, removal: usize) -> Vec<Ended> {
    let node = graph.node(removal);
    node.map(|node| graph.ended(&node.signed, &node.before))
        .unwrap_or_default()
}

/// Operations of accounts with too many branches, but for those that somebody else follows: a member who floods the ledger
/// loses by it, and what others built on stays.
fn suspended(graph: &Graph, set: &Places) -> Places {
    let mut suspended = Places::default();
    for (account, charged) in graph.accounts() {
        if charged.len() > MAX_BRANCHES && is_flooding(graph, charged, set) {
            let followed = followed_by_others(graph, account, set);
            charged
                .iter()
                .filter(|place| set.contains(**place) && !followed.contains(**place))
                .for_each(|place| suspended.insert(*place));
        }
    }
    suspended
}

/// Do these operations, as far as they are in the set, end in more branches than an account may have?
pub(super) fn is_flooding(graph: &Graph, charged: &[usize], set: &Places) -> bool {
    let within = || charged.iter().filter(|place| set.contains(**place));
    let mut before = Places::default();
    within()
        .filter_map(|place| graph.node(*place))
        .for_each(|node| before.add(&node.before));
    within().filter(|place| !before.contains(**place)).count() > MAX_BRANCHES
}

fn followed_by_others(graph: &Graph, account: &MemberId, set: &Places) -> Places {
    let mut followed = Places::default();
    set.iter()
        .filter_map(|place| graph.node(place))
        .filter(|node| node.account.as_ref() != Some(account))
        .for_each(|node| followed.add(&node.before));
    followed
}

struct Run<'a> {
    graph: &'a Graph,
    resolved: Resolved,
    suspended: Places,
}

impl Run<'_> {
    /// Nothing was signed beyond a removal by whom it removes, and no two removals could leave nobody behind together.
    fn is_peaceful(&self, removals: &[usize]) -> bool {
        let mut last: Option<usize> = None;
        for removal in removals {
            if self.is_contested(*removal) {
                return false;
            }
            if self.touches_managers(*removal) {
                let seen = |last: usize| {
                    let node = self.graph.node(*removal);
                    node.is_some_and(|node| node.before.contains(last))
                };
                if last.is_some_and(|last| !seen(last)) {
                    return false;
                }
                last = Some(*removal);
            }
        }
        true
    }

    /// Could this removal void anything in the set?
    fn is_contested(&self, removal: usize) -> bool {
        let Some(node) = self.graph.node(removal) else {
            return false;
        };
        let beyond = |place: &usize| {
            *place != removal && self.resolved.set.contains(*place) && !node.before.contains(*place)
        };
        let signed_beyond = |device: &DeviceId| self.graph.signed_by(device).iter().any(&beyond);
        ended(self.graph, removal).iter().any(|ended| match ended {
            Ended::Device(device) => signed_beyond(device),
            Ended::Grant(grant) => {
                match self.graph.node(*grant).and_then(plain_holder) {
                    Some(member) => self.devices_ever(&member).iter().any(signed_beyond),
                    // Of an organisation, or one that was passed on: rare enough to be decided at length.
                    None => true,
                }
            }
            Ended::Join(join) => match self.graph.node(*join).and_then(|node| link(&node.signed)) {
                Some((_, member)) => self.devices_ever(&member).iter().any(signed_beyond),
                None => true,
            },
        })
    }

    fn devices_ever(&self, member: &MemberId) -> Vec<DeviceId> {
        let links = self.graph.links_of(member).iter();
        links
            .filter_map(|place| Some(link(&self.graph.node(*place)?.signed)?.0.id()))
            .collect()
    }

    /// Does it end something by which somebody manages?
    fn touches_managers(&self, removal: usize) -> bool {
        let manages = |place: &usize| {
            let node = self.graph.node(*place);
            node.is_some_and(|node| rights(&node.signed).any(|(_, right)| right == Right::Manage))
        };
        ended(self.graph, removal).iter().any(|ended| match ended {
            Ended::Device(device) => self.graph.links(device).iter().any(|link_at| {
                let member = self
                    .graph
                    .node(*link_at)
                    .and_then(|node| link(&node.signed));
                member.is_some_and(|(_, member)| {
                    self.graph
                        .grants(&Holder::Member(member))
                        .iter()
                        .any(manages)
                })
            }),
            Ended::Grant(grant) => manages(grant),
            Ended::Join(_) => false,
        })
    }

    /// Which operations are in force, given the removals decided so far.
    fn settle(&mut self) {
        let set = std::mem::take(&mut self.resolved.set);
        let decided = std::mem::take(&mut self.resolved.effective);
        for place in set.iter() {
            let Some(node) = self.graph.node(place) else {
                continue;
            };
            let stands = if super::graph::is_removal(node.signed.operation()) {
                decided.contains(place)
            } else {
                !self.suspended.contains(place) && self.is_authorised(place, node)
            };
            if stands {
                self.resolved.effective.insert(place);
            }
        }
        self.resolved.set = set;
    }

    fn is_authorised(&self, place: usize, node: &Node) -> bool {
        let sight = Sight {
            graph: self.graph,
            effective: &self.resolved.effective,
            ends: &self.resolved.ends,
            at: &node.before,
            asking: Asking::Operation(place),
        };
        let ended = self.graph.ended(&node.signed, &node.before);
        sight.allows(&node.signed, node.via, &ended).is_ok()
    }

    /// From the most senior to the most junior, each in view of those before it.
    fn decide_all(&mut self, removals: Vec<usize>) {
        self.settle();
        for removal in removals {
            self.decide(removal);
        }
    }

    fn decide(&mut self, removal: usize) {
        let Some(node) = self.graph.node(removal) else {
            return;
        };
        if self.suspended.contains(removal) || !self.is_authorised(removal, node) {
            return;
        }
        let before = self
            .touches_managers(removal)
            .then(|| self.resolved.clone());
        self.resolved.end(self.graph, removal);
        self.resolved.effective.insert(removal);
        if self.is_contested(removal) {
            self.settle();
        }
        if let Some(before) = before
            && !self.resolved.sight(self.graph).is_managed()
        {
            self.resolved = before;
        }
    }
}

/// The person who holds a grant that cannot have been passed on.
fn plain_holder(node: &Node) -> Option<MemberId> {
    let passes_on = matches!(node.signed.operation(), Operation::Grant(grant) if grant.delegate);
    match holder(&node.signed) {
        Some(Holder::Member(member)) if !passes_on => Some(member),
        _ => None,
    }
}
