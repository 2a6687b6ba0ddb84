//! What comes of packages, openings and keys that two officers opened: judged, and believed or not.

use super::{Received, Refusal, Replica, receiving::open_compartment};
use crate::{
    barrier::Trial,
    break_glass::{ClaimedOpening, Opened, OpeningError, Purse, SealedPackage},
    bundle::BundledKey,
    log::{EntryKind, ParsedEntry},
    sealed::EntryError,
};

impl Replica {
    /// Reads with keys that two officers opened. Nothing of this is kept: after a restart it is shut again.
    pub fn read_opened(&mut self, opened: Opened, trial: &mut dyn Trial) -> Received {
        for bundled in opened.keys {
            self.take_key(bundled);
        }
        self.receive_with(vec![opened.entry], trial)
    }

    fn take_key(&mut self, bundled: BundledKey) {
        let Some(ledger) = &self.ledger else {
            return;
        };
        let (compartment, tag) = (bundled.compartment, bundled.tag);
        if self.keyring.add(bundled, ledger.state()) {
            open_compartment(&mut self.compartments, &self.record, compartment, tag);
        }
    }

    pub(super) fn take_packages(&mut self, received: &mut Received) {
        let packages = self.pending_of(|_, entry| match entry {
            ParsedEntry::Package(package) => Some(package.clone()),
            _ => None,
        });
        for (hash, package) in packages {
            let author = package.author();
            match self.take_package(package) {
                Ok(()) => {
                    self.pending.remove(&hash);
                    self.accept(hash, EntryKind::Package, received);
                }
                Err(Refusal::Entry(EntryError::Missing(_))) => {}
                Err(why) => {
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Package, Some(author), why, received);
                }
            }
        }
    }

    fn take_package(&mut self, package: SealedPackage) -> Result<(), Refusal> {
        let package = self.judge(package)?;
        let list = Purse::of(&package)?.list;
        self.glass.packages.insert(package.id(), (package, list));
        Ok(())
    }

    pub(super) fn take_openings(&mut self, received: &mut Received) {
        let openings = self.pending_of(|_, entry| match entry {
            ParsedEntry::Opening(opening) => Some(ClaimedOpening::clone(opening)),
            _ => None,
        });
        for (hash, opening) in openings {
            let second = opening.second();
            match self.take_opening(opening) {
                Ok(true) => {
                    self.pending.remove(&hash);
                    self.accept(hash, EntryKind::Opening, received);
                }
                Ok(false) => {}
                Err(why) => {
                    self.pending.remove(&hash);
                    self.refuse(hash, EntryKind::Opening, Some(second), why, received);
                }
            }
        }
    }

    /// `false`: it waits for the ledger, or for its package. Whoever manages now may have sealed a package that never came here; a key
    /// that was taken away could make one for a town nobody agreed to.
    fn take_opening(&mut self, opening: ClaimedOpening) -> Result<bool, Refusal> {
        if opening.record() != self.record {
            return Err(EntryError::WrongRecord.into());
        }
        let Some(ledger) = &self.ledger else {
            return Ok(false);
        };
        let is_known = self.glass.packages.contains_key(&opening.package().id());
        let by = opening.package().author();
        match opening.verify(ledger) {
            Ok(opening) if !is_known && !opening.header().is_for(&by, ledger.state()) => Ok(false),
            Ok(opening) => {
                self.glass.openings.insert(opening.id(), opening);
                Ok(true)
            }
            Err(OpeningError::Entry(EntryError::Missing(_))) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
