//! Whether an operation is taken: judged by what its signer had seen, and by nothing else.

use super::{
    LedgerError, MAX_OPERATIONS,
    graph::{Ended, Graph, Holder, Node, Rank, Seniority, frontiers, holder, link, rights},
    operation::{COMPARTMENTS, Frontier, Genesis, Grant, Grantee, Operation, SignedOperation},
    places::Places,
    resolve::{Resolved, is_flooding},
    rights::Right,
    sight::Sight,
};
use crate::id::{DeviceId, MemberId, OperationId};
use std::collections::BTreeSet;

/// Most keys a person may ever have had. A new phone every year for thirty years.
pub const MAX_DEVICES_OF_A_PERSON: usize = 32;
/// Most operations of somebody who manages nothing: their own phones, added and removed.
pub const MAX_OPERATIONS_OF_A_PERSON: usize = 2 * MAX_DEVICES_OF_A_PERSON;
/// Most operations of an organisation: its staff, coming and going.
pub const MAX_OPERATIONS_OF_AN_ORGANISATION: usize = 1024;
/// Room that only those who manage may use.
pub const RESERVED_FOR_MANAGERS: usize = MAX_OPERATIONS / 4;

/// Is this a sound beginning?
pub(super) fn check_genesis(body: &Genesis, genesis: &SignedOperation) -> Result<(), LedgerError> {
    if body.compartments.len() != COMPARTMENTS {
        return Err(LedgerError::Invalid(
            "a record begins with nine compartments",
        ));
    }
    if genesis.signer() != body.device.id() {
        return Err(LedgerError::UnknownSigner(genesis.signer()));
    }
    Ok(genesis.verify(body.device.sign_key())?)
}

/// An operation with what it follows decided: ready to be judged.
pub(super) struct Candidate<'a> {
    pub(super) graph: &'a Graph,
    pub(super) signed: SignedOperation,
    pub(super) before: &'a Resolved,
}

impl Candidate<'_> {
    /// The operation in its place, if it is to be taken.
    pub(super) fn judged(self) -> Result<Node, LedgerError> {
        let (sight, signer) = (self.before.sight(self.graph), self.signed.signer());
        let key = sight
            .sign_key(&signer)
            .ok_or(LedgerError::UnknownSigner(signer))?;
        self.signed.verify(&key)?;
        let ended = self.graph.ended(&self.signed, &self.before.set);
        let via = self.via(&sight)?;
        self.check_sense(&sight, &ended)?;
        sight.allows(&self.signed, via, &ended)?;
        self.check_frontiers(&sight, &ended)?;
        self.check_managed(&ended)?;
        let account = self.account(&sight);
        self.check_quota(account)?;
        let depth = self.graph.depth_above(self.signed.parents());
        Ok(Node {
            before: self.before.set.clone(),
            depth,
            account,
            rank: self.rank(&sight, depth),
            via,
            signed: self.signed,
        })
    }

    /// The grant by which a grant is passed on. `None`: its signer manages what is granted.
    fn via(&self, sight: &Sight<'_>) -> Result<Option<usize>, LedgerError> {
        let (Operation::Grant(grant), signer) = (self.signed.operation(), self.signed.signer())
        else {
            return Ok(None);
        };
        if grant
            .rights
            .iter()
            .all(|(tag, _)| sight.manages(&signer, tag))
        {
            return Ok(None);
        }
        let own = sight.members_of(&signer);
        let held = own
            .iter()
            .flat_map(|member| sight.held_by(&Holder::Member(*member)));
        let mut passable: Vec<(OperationId, usize)> = held
            .filter_map(|place| Some((self.graph.node(place)?, place)))
            .filter(|(node, _)| may_be_passed_on(node, grant))
            .map(|(node, place)| (node.signed.id(), place))
            .collect();
        passable.sort_unstable();
        let (_, via) = passable
            .first()
            .copied()
            .ok_or(LedgerError::NotAllowed("grant"))?;
        Ok(Some(via))
    }

    fn check_sense(&self, sight: &Sight<'_>, ended: &[Ended]) -> Result<(), LedgerError> {
        let invalid = |why| Err(LedgerError::Invalid(why));
        match self.signed.operation() {
            Operation::Genesis(_) => invalid("a record begins once"),
            Operation::AddDevice { member, device } => {
                if self.is_nobody(member) {
                    return invalid("the device is added to nobody");
                }
                self.check_new_device(sight, member, &device.id())
            }
            Operation::Grant(grant) => self.check_grant(sight, grant),
            Operation::Rotate { epochs } if epochs.is_empty() => invalid("nothing is rotated"),
            Operation::Rotate { epochs } => {
                let used = |(tag, epoch)| {
                    let known = self.graph.epoch(tag, epoch);
                    known.iter().any(|place| self.before.set.contains(*place))
                };
                if epochs.iter().any(|(tag, epoch)| used((tag, epoch))) {
                    return invalid("the key was in use before");
                }
                Ok(())
            }
            Operation::RemoveDevice { frontier } => {
                if self.seen(self.graph.links(&frontier.device)).is_empty() {
                    return invalid("the device was never in the record");
                }
                Ok(())
            }
            Operation::Revoke { grant, .. } => self.check_ends(grant).map(|_| ()),
            Operation::Close { grant, .. } => match self.check_ends(grant)? {
                Operation::Grant(grant) if grant.until.is_some() => Ok(()),
                _ => invalid("the grant has no end that could be confirmed"),
            },
            Operation::Endorse { chunks, .. } if chunks.is_empty() => {
                invalid("nothing is endorsed")
            }
            Operation::Endorse { .. } | Operation::Restart { .. } => Ok(()),
            Operation::StaffJoin { staff, .. } => {
                let member = MemberId::from(staff.id());
                if sight.members_of(&staff.id()).contains(&member) {
                    // Somebody known here may come to work for an organisation, or come back to it.
                    return Ok(());
                }
                self.check_new_device(sight, &member, &staff.id())
            }
            Operation::StaffEnd { .. } if ended.is_empty() => invalid("nobody of the staff ends"),
            Operation::StaffEnd { .. } => Ok(()),
        }
    }

    fn seen(&self, places: &[usize]) -> Vec<usize> {
        let seen = places.iter().copied();
        seen.filter(|place| self.before.set.contains(*place))
            .collect()
    }

    fn is_nobody(&self, member: &MemberId) -> bool {
        self.seen(self.graph.links_of(member)).is_empty()
    }

    fn check_new_device(
        &self,
        sight: &Sight<'_>,
        member: &MemberId,
        device: &DeviceId,
    ) -> Result<(), LedgerError> {
        if !sight.members_of(device).is_empty() {
            return Err(LedgerError::Invalid("the device is in the record already"));
        }
        let removed = self.before.ends.contains_key(&Ended::Device(*device));
        if removed {
            return Err(LedgerError::Invalid("the device was removed"));
        }
        if self.seen(self.graph.links_of(member)).len() >= MAX_DEVICES_OF_A_PERSON {
            return Err(LedgerError::Quota("devices"));
        }
        Ok(())
    }

    fn check_grant(&self, sight: &Sight<'_>, grant: &Grant) -> Result<(), LedgerError> {
        let invalid = |why| Err(LedgerError::Invalid(why));
        let manages = grant
            .rights
            .iter()
            .any(|(_, right)| *right == Right::Manage);
        match &grant.grantee {
            _ if grant.rights.is_empty() => invalid("nothing is granted"),
            Grantee::Member(member) if self.is_nobody(member) => invalid("the grantee is nobody"),
            Grantee::Organisation(_) if manages => invalid("an organisation manages nothing"),
            Grantee::Person(device) => {
                self.check_new_device(sight, &MemberId::from(device.id()), &device.id())
            }
            Grantee::Member(_) | Grantee::Organisation(_) => Ok(()),
        }
    }

    /// The grant that is to end.
    fn check_ends(&self, grant: &OperationId) -> Result<&Operation, LedgerError> {
        let place = self
            .graph
            .place(grant)
            .filter(|place| self.before.set.contains(*place));
        match place.and_then(|place| self.graph.node(place)) {
            Some(node) if holder(&node.signed).is_some() => Ok(node.signed.operation()),
            _ => Err(LedgerError::Invalid("there is no such grant")),
        }
    }

    /// A removal names every key that loses by it, and what its signer had seen of each: nobody is cut shorter by leaving
    /// them out.
    fn check_frontiers(&self, sight: &Sight<'_>, ended: &[Ended]) -> Result<(), LedgerError> {
        let named = frontiers(self.signed.operation());
        let names = |device: &DeviceId| named.iter().any(|frontier| frontier.device == *device);
        if !losers(sight, ended).iter().all(names) {
            return Err(LedgerError::Invalid("a key that loses by it is not named"));
        }
        if named.iter().all(|frontier| self.is_seen_so(frontier)) {
            Ok(())
        } else {
            Err(LedgerError::Invalid("the frontier is not what was seen"))
        }
    }

    fn is_seen_so(&self, frontier: &Frontier) -> bool {
        let signed = self.seen(self.graph.signed_by(&frontier.device));
        match frontier.operation.map(|id| self.graph.place(&id)) {
            None => signed.is_empty(),
            Some(None) => false,
            Some(Some(last)) => {
                let follows = |place: &usize| {
                    let node = self.graph.node(*place);
                    node.is_some_and(|node| node.before.contains(last))
                };
                signed.contains(&last) && !signed.iter().any(follows)
            }
        }
    }

    /// After it, somebody still manages every compartment. The recovery kit counts: it is a key like any other.
    fn check_managed(&self, ended: &[Ended]) -> Result<(), LedgerError> {
        if ended.is_empty() {
            return Ok(());
        }
        let mut after = self.before.clone();
        for ended in ended {
            after.ends.entry(*ended).or_default().push(self.graph.len());
        }
        if after.sight(self.graph).is_managed() {
            Ok(())
        } else {
            Err(LedgerError::Invalid(
                "nobody would be left who manages the record",
            ))
        }
    }

    /// Whose quota an operation counts against: an organisation's for its staff, and for whom something was passed on to,
    /// that of whoever passed it on.
    fn account(&self, sight: &Sight<'_>) -> Option<MemberId> {
        let signer = self.signed.signer();
        if sight.manages_any(&signer) {
            return None;
        }
        let members = sight.members_of(&signer);
        let accounts = members.iter().map(|member| {
            let employer = sight.employers_of(member).into_iter().next();
            let through = sight
                .held_by(&Holder::Member(*member))
                .into_iter()
                .filter_map(|grant| self.graph.node(grant)?.account)
                .min();
            employer.map(MemberId::new).or(through).unwrap_or(*member)
        });
        Some(accounts.min().unwrap_or(MemberId::new(*signer.as_bytes())))
    }

    fn check_quota(&self, account: Option<MemberId>) -> Result<(), LedgerError> {
        let Some(account) = account else {
            return Ok(());
        };
        let organisation = Holder::Organisation(*account.as_bytes());
        let most = if self.graph.grants(&organisation).is_empty() {
            MAX_OPERATIONS_OF_A_PERSON
        } else {
            MAX_OPERATIONS_OF_AN_ORGANISATION
        };
        if self.seen(self.graph.charged_to(&account)).len() >= most {
            return Err(LedgerError::Quota("operations"));
        }
        Ok(())
    }

    /// The signer's oldest grant, one that manages before one that does not, and how old their key is.
    fn rank(&self, sight: &Sight<'_>, depth: u32) -> Rank {
        let signer = self.signed.signer();
        let id = self.signed.id();
        let operation = Seniority { depth, id };
        let links = sight.standing(sight.graph.links(&signer));
        let key = links.map(|(_, node)| node.seniority()).min();
        let members = sight.members_of(&signer);
        let own = members.iter().flat_map(|member| sight.grants_of(member));
        let organisation = sight.held_by(&Holder::Organisation(*signer.as_bytes()));
        own.chain(organisation)
            .filter_map(|grant| self.graph.node(grant))
            .map(|grant| Rank {
                manages_nothing: !rights(&grant.signed).any(|(_, right)| right == Right::Manage),
                grant: grant.seniority(),
                // An organisation's key came with its grant.
                key: key.unwrap_or(grant.seniority()),
                operation,
            })
            .min()
            .unwrap_or_else(|| {
                let last = Seniority {
                    depth: u32::MAX,
                    id,
                };
                Rank {
                    manages_nothing: true,
                    grant: last,
                    key: last,
                    operation,
                }
            })
    }
}

/// Would taking this operation let its account flood the ledger? Judged by what has come, not by what was seen: it is about
/// room, costs nobody but the account, and what others follow is let in all the same.
pub(super) fn check_room(graph: &Graph, node: &Node, followed: bool) -> Result<(), LedgerError> {
    let room = match node.account {
        None => MAX_OPERATIONS,
        Some(_) => MAX_OPERATIONS - RESERVED_FOR_MANAGERS,
    };
    if graph.len() >= room {
        return Err(LedgerError::Full);
    }
    let Some(account) = node.account.filter(|_| !followed) else {
        return Ok(());
    };
    let charged = graph.charged_to(&account);
    if charged.len() > super::resolve::MAX_BRANCHES
        && is_flooding(graph, charged, &Places::all_below(graph.len()))
    {
        return Err(LedgerError::Crowded);
    }
    Ok(())
}

fn may_be_passed_on(from: &Node, grant: &Grant) -> bool {
    let Operation::Grant(source) = from.signed.operation() else {
        return false;
    };
    let covers = |(tag, right): &(_, Right)| {
        let most = rights(&from.signed).find_map(|(of, most)| (of == *tag).then_some(most));
        *right < Right::Manage && Some(*right) <= most
    };
    let ends_in_time = match (source.until, grant.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(last), Some(until)) => until <= last,
    };
    let to_a_person = !matches!(grant.grantee, Grantee::Organisation(_));
    source.delegate
        && !grant.delegate
        && to_a_person
        && ends_in_time
        && grant.rights.iter().all(covers)
}

/// The keys that lose something by what ends: the key itself; those of whoever holds the grant, of an organisation's staff,
/// and of whom it was passed on to.
pub(super) fn losers(sight: &Sight<'_>, ended: &[Ended]) -> BTreeSet<DeviceId> {
    let mut losers = BTreeSet::new();
    for ended in ended {
        match ended {
            Ended::Device(device) if !sight.members_of(device).is_empty() => {
                losers.insert(*device);
            }
            Ended::Device(_) => {}
            Ended::Grant(grant) if sight.holds(*grant) => {
                let passed_on = sight.graph.nodes().enumerate();
                let passed_on = passed_on
                    .filter(|(place, node)| node.via == Some(*grant) && sight.holds(*place));
                let grants = passed_on.map(|(place, _)| place).chain([*grant]);
                losers.extend(grants.flat_map(|grant| holders_of(sight, grant)));
            }
            Ended::Grant(_) => {}
            Ended::Join(join) if !sight.is_ended(&Ended::Join(*join)) => {
                let node = sight.graph.node(*join);
                if let Some((_, member)) = node.and_then(|node| link(&node.signed)) {
                    losers.extend(sight.devices_of(&member));
                }
            }
            Ended::Join(_) => {}
        }
    }
    losers
}

fn holders_of(sight: &Sight<'_>, grant: usize) -> BTreeSet<DeviceId> {
    let node = sight.graph.node(grant);
    match node.and_then(|node| holder(&node.signed)) {
        Some(Holder::Member(member)) => sight.devices_of(&member),
        Some(Holder::Organisation(key)) => sight
            .graph
            .staff()
            .filter(|member| sight.employers_of(member).contains(&key))
            .flat_map(|member| sight.devices_of(member))
            .collect(),
        None => BTreeSet::new(),
    }
}
