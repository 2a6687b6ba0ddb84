//! Who may do what, as seen from one place: from an operation, from a chunk, or from now.
//!
//! A right flows from a grant to the person who holds it, and from the person to their keys. It counts for something that
//! was said if the grant and the key were in force where it was said from, and if whoever ended them later had already seen
//! it: an operation that the removal follows, a chunk within the removal's frontier.

use super::{
    LedgerError,
    graph::{Ended, Graph, Holder, Node, frontiers, holder, link, rights},
    operation::{Frontier, Operation, SignedOperation},
    places::Places,
    rights::Right,
};
use crate::id::{CompartmentTag, DeviceId, MemberId};
use std::collections::{BTreeMap, BTreeSet};

/// What removals in force end, and which they are.
pub(super) type Ends = BTreeMap<Ended, Vec<usize>>;

/// What is being judged.
#[derive(Clone, Copy)]
pub(super) enum Asking<'a> {
    /// Who may do what when all is taken together.
    Now,
    /// What the signer of this operation could do.
    Operation(usize),
    /// What the author of a chunk could say. The function tells whether the chunk lies within frontiers, one for each
    /// removal of the same right; `None`: that removal had seen nothing of the author.
    Chunk(&'a dyn Fn(&[Option<&Frontier>]) -> bool, DeviceId),
    /// As for a chunk, where it is not known which operations its author had seen: a removal that lies before what is being
    /// judged may well have come after it.
    ByThen(&'a dyn Fn(&[Option<&Frontier>]) -> bool, DeviceId),
}

/// A view of the ledger from one place.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) graph: &'a Graph,
    /// Operations in force.
    pub(super) effective: &'a Places,
    pub(super) ends: &'a Ends,
    /// Operations that were seen from here.
    pub(super) at: &'a Places,
    pub(super) asking: Asking<'a>,
}

impl<'a> Sight<'a> {
    /// Seen from here, and in force.
    pub(super) fn stands(&self, place: usize) -> bool {
        self.at.contains(place) && self.effective.contains(place)
    }

    pub(super) fn standing(&self, places: &'a [usize]) -> impl Iterator<Item = (usize, &'a Node)> {
        let seen = *self;
        let stands = move |place: &usize| seen.stands(*place);
        let node = move |place| Some((place, seen.graph.node(place)?));
        places.iter().copied().filter(stands).filter_map(node)
    }

    pub(super) fn is_ended(&self, what: &Ended) -> bool {
        let Some(by) = self.ends.get(what).filter(|by| !by.is_empty()) else {
            return false;
        };
        match self.asking {
            Asking::Now => true,
            Asking::Operation(asked) => !by.iter().any(|removal| {
                *removal == asked
                    || (self.is_first_hand(*removal, by) && self.had_seen(*removal, asked))
            }),
            Asking::Chunk(inside, author) => {
                let knew = by.iter().any(|removal| self.at.contains(*removal));
                knew || !inside(&self.frontiers(by, author))
            }
            Asking::ByThen(inside, author) => !inside(&self.frontiers(by, author)),
        }
    }

    fn had_seen(&self, removal: usize, other: usize) -> bool {
        let node = self.graph.node(removal);
        node.is_some_and(|node| node.before.contains(other))
    }

    /// Whoever removes what they had seen removed already adds nothing to what was seen of the removed.
    fn is_first_hand(&self, removal: usize, by: &[usize]) -> bool {
        !by.iter().any(|other| self.had_seen(removal, *other))
    }

    fn frontiers(&self, by: &[usize], author: DeviceId) -> Vec<Option<&'a Frontier>> {
        let nodes = by.iter().filter_map(|removal| self.graph.node(*removal));
        nodes
            .map(|node| {
                let all = frontiers(node.signed.operation());
                all.iter().find(|frontier| frontier.device == author)
            })
            .collect()
    }

    /// A grant that holds: it stands, nobody ended it, and if it was passed on, that from which it was passed on holds too.
    pub(super) fn holds(&self, grant: usize) -> bool {
        let via = self.graph.node(grant).and_then(|node| node.via);
        self.stands(grant)
            && !self.is_ended(&Ended::Grant(grant))
            && via.is_none_or(|via| self.stands(via) && !self.is_ended(&Ended::Grant(via)))
    }

    /// The persons whose key this is: one, but for rare concurrent additions. None once it is removed.
    pub(super) fn members_of(&self, device: &DeviceId) -> BTreeSet<MemberId> {
        if self.is_ended(&Ended::Device(*device)) {
            return BTreeSet::new();
        }
        self.members_ever_of(device)
    }

    /// As [`Sight::members_of`], removed or not.
    pub(super) fn members_ever_of(&self, device: &DeviceId) -> BTreeSet<MemberId> {
        self.standing(self.graph.links(device))
            .filter_map(|(_, node)| Some(link(&node.signed)?.1))
            .collect()
    }

    /// The keys of a person that are not removed.
    pub(super) fn devices_of(&self, member: &MemberId) -> BTreeSet<DeviceId> {
        self.standing(self.graph.links_of(member))
            .filter_map(|(_, node)| Some(link(&node.signed)?.0.id()))
            .filter(|device| !self.is_ended(&Ended::Device(*device)))
            .collect()
    }

    /// The grants that hold for a person, their organisations' among them.
    pub(super) fn grants_of(&self, member: &MemberId) -> Vec<usize> {
        let mut grants = self.held_by(&Holder::Member(*member));
        for organisation in self.employers_of(member) {
            grants.extend(self.held_by(&Holder::Organisation(organisation)));
        }
        grants
    }

    /// The organisations that certify a person.
    pub(super) fn employers_of(&self, member: &MemberId) -> BTreeSet<[u8; 32]> {
        self.standing(self.graph.joins(member))
            .filter(|(join, _)| !self.is_ended(&Ended::Join(*join)))
            .map(|(_, node)| *node.signed.signer().as_bytes())
            .collect()
    }

    pub(super) fn held_by(&self, holder: &Holder) -> Vec<usize> {
        let grants = self.graph.grants(holder).iter().copied();
        grants.filter(|grant| self.holds(*grant)).collect()
    }

    pub(super) fn right_of(&self, member: &MemberId, tag: &CompartmentTag) -> Option<Right> {
        let grants = self.grants_of(member);
        let given = grants.iter().filter_map(|grant| self.graph.node(*grant));
        given
            .flat_map(|node| rights(&node.signed))
            .filter_map(|(of, right)| (of == *tag).then_some(right))
            .max()
    }

    pub(super) fn right(&self, device: &DeviceId, tag: &CompartmentTag) -> Option<Right> {
        let members = self.members_of(device);
        members
            .iter()
            .filter_map(|member| self.right_of(member, tag))
            .max()
    }

    pub(super) fn manages(&self, device: &DeviceId, tag: &CompartmentTag) -> bool {
        self.right(device, tag) == Some(Right::Manage)
    }

    pub(super) fn compartments(&self) -> impl Iterator<Item = CompartmentTag> + use<'a> {
        let genesis = self.graph.node(0);
        genesis
            .into_iter()
            .flat_map(|node| rights(&node.signed))
            .map(|(tag, _)| tag)
    }

    pub(super) fn manages_all(&self, device: &DeviceId) -> bool {
        self.compartments().all(|tag| self.manages(device, &tag))
    }

    pub(super) fn manages_any(&self, device: &DeviceId) -> bool {
        self.compartments().any(|tag| self.manages(device, &tag))
    }

    /// Is this key in the record: somebody's, who holds something?
    pub(super) fn is_here(&self, device: &DeviceId) -> bool {
        let members = self.members_of(device);
        members
            .iter()
            .any(|member| !self.grants_of(member).is_empty())
    }

    /// The key that whoever signs as this signs with: a device's, or an organisation's, whose name is its key.
    pub(super) fn sign_key(&self, signer: &DeviceId) -> Option<[u8; 32]> {
        if self.is_here(signer) {
            let (_, node) = self.standing(self.graph.links(signer)).next()?;
            return Some(*link(&node.signed)?.0.sign_key());
        }
        let holder = Holder::Organisation(*signer.as_bytes());
        (!self.held_by(&holder).is_empty()).then_some(*signer.as_bytes())
    }

    /// Does every compartment have somebody who manages it, with a key at hand?
    pub(super) fn is_managed(&self) -> bool {
        let mut left: BTreeSet<CompartmentTag> = self.compartments().collect();
        for (grant, node) in self.standing(self.graph.managing()) {
            let member = match holder(&node.signed) {
                Some(Holder::Member(member)) => member,
                _ => continue,
            };
            if self.holds(grant) && !self.devices_of(&member).is_empty() {
                for (tag, _) in rights(&node.signed).filter(|(_, right)| *right == Right::Manage) {
                    left.remove(&tag);
                }
            }
        }
        left.is_empty()
    }

    /// May the signer do it?
    ///
    /// # Errors
    /// [`LedgerError::NotAllowed`].
    pub(super) fn allows(
        &self,
        signed: &SignedOperation,
        via: Option<usize>,
        ended: &[Ended],
    ) -> Result<(), LedgerError> {
        let (signer, operation) = (signed.signer(), signed.operation());
        let allowed = match operation {
            Operation::Genesis(_) => true,
            Operation::AddDevice { member, .. } => {
                self.is_here(&signer)
                    && (self.members_of(&signer).contains(member) || self.manages_all(&signer))
            }
            Operation::Grant(grant) => match via {
                Some(via) => self.holds(via) && self.is_holder(&signer, via),
                None => grant
                    .rights
                    .iter()
                    .all(|(tag, _)| self.manages(&signer, tag)),
            },
            Operation::Rotate { epochs } => {
                epochs.iter().all(|(tag, _)| self.manages(&signer, tag))
            }
            Operation::RemoveDevice { frontier } => self.may_remove(&signer, &frontier.device),
            Operation::Revoke { .. } | Operation::Close { .. } => {
                let grants = ended.iter().filter_map(|ended| match ended {
                    Ended::Grant(grant) => Some(*grant),
                    Ended::Device(_) | Ended::Join(_) => None,
                });
                grants
                    .into_iter()
                    .all(|grant| self.may_revoke(&signer, grant))
            }
            Operation::Endorse { compartment, .. } | Operation::Restart { compartment, .. } => {
                self.manages(&signer, compartment)
            }
            Operation::StaffJoin { .. } => self.is_organisation(&signer),
            Operation::StaffEnd { .. } => {
                self.is_organisation(&signer) || self.may_end_staff(&signer, ended)
            }
        };
        if allowed {
            Ok(())
        } else {
            Err(LedgerError::NotAllowed(operation.name()))
        }
    }

    fn is_organisation(&self, signer: &DeviceId) -> bool {
        !self
            .held_by(&Holder::Organisation(*signer.as_bytes()))
            .is_empty()
    }

    fn is_holder(&self, device: &DeviceId, grant: usize) -> bool {
        let of = self.graph.node(grant).and_then(|node| holder(&node.signed));
        matches!(of, Some(Holder::Member(member)) if self.members_of(device).contains(&member))
    }

    /// One's own keys; and those of whom one manages in everything they may see.
    fn may_remove(&self, signer: &DeviceId, device: &DeviceId) -> bool {
        let theirs = self.members_ever_of(device);
        let own = self.members_of(signer);
        if self.is_here(signer) && own.iter().any(|member| theirs.contains(member)) {
            return true;
        }
        let has = |tag: &CompartmentTag| {
            theirs
                .iter()
                .any(|member| self.right_of(member, tag).is_some())
        };
        self.manages_any(signer)
            && self
                .compartments()
                .filter(has)
                .all(|tag| self.manages(signer, &tag))
    }

    /// What one manages, what one holds, and what one passed on.
    fn may_revoke(&self, signer: &DeviceId, grant: usize) -> bool {
        let Some(node) = self.graph.node(grant) else {
            return false;
        };
        // Whoever was taken out ends nothing any more: with a frontier of their own they would let themselves back in.
        let passed_on = node.via.is_some() && self.is_here(signer) && {
            let by = self.members_ever_of(&node.signed.signer());
            self.members_of(signer)
                .iter()
                .any(|member| by.contains(member))
        };
        passed_on
            || (self.is_holder(signer, grant) && self.holds(grant))
            || rights(&node.signed).all(|(tag, _)| self.manages(signer, &tag))
    }

    fn may_end_staff(&self, signer: &DeviceId, ended: &[Ended]) -> bool {
        let joins = ended.iter().filter_map(|ended| match ended {
            Ended::Join(join) => self.graph.node(*join),
            Ended::Device(_) | Ended::Grant(_) => None,
        });
        self.manages_any(signer)
            && joins
                .map(|join| Holder::Organisation(*join.signed.signer().as_bytes()))
                .flat_map(|organisation| self.held_by(&organisation))
                .filter_map(|grant| self.graph.node(grant))
                .flat_map(|grant| rights(&grant.signed))
                .all(|(tag, _)| self.manages(signer, &tag))
    }
}
