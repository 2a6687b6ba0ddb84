//! What is given to a phone directly, from screen to camera: enough to read the first screen without ever having had a network.

use super::Replica;
use crate::{
    compartment::Compartment,
    id::DeviceId,
    log::{LogEntry, ParsedEntry},
};

/// What the first screen is drawn from.
const FIRST_SCREEN: [Compartment; 2] = [Compartment::Emergency, Compartment::Care];

impl Replica {
    /// For a device that was let in: the ledger, its keys, and as sealed what the first screen is drawn from, as far as it may read that.
    /// The rest comes with a network.
    pub fn for_first_screen(&self, device: &DeviceId) -> Vec<LogEntry> {
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        let may_read = |compartment: &Compartment| {
            let tag = self.keyring.tag(*compartment)?;
            state.as_ref()?.right(device, &tag)?;
            Some(tag)
        };
        let tags: Vec<_> = FIRST_SCREEN.iter().filter_map(may_read).collect();
        let is_for_it = |entry: &&LogEntry| match entry.parse() {
            Ok(ParsedEntry::Operation(_)) => true,
            Ok(ParsedEntry::Bundle(bundle)) => bundle.header().recipient == *device,
            Ok(ParsedEntry::Chunk(chunk)) => tags.contains(&chunk.header().compartment),
            Ok(ParsedEntry::Snapshot(snapshot)) => tags.contains(&snapshot.header().compartment),
            Ok(ParsedEntry::Package(_) | ParsedEntry::Opening(_)) | Err(_) => false,
        };
        self.entries.iter().filter(is_for_it).cloned().collect()
    }
}
