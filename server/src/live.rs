//! New entries, shown to whoever is listening. Each reader has a bounded queue; one that falls behind loses its queue and is told to
//! pull, so a slow reader costs a fixed amount of memory and never slows the others.

use crate::{
    hash,
    problem::Kind,
    standing::Standing,
    store::{Appended, Audience, Batch},
    wire,
};
use actix_web::web::Bytes;
use omamori_core::{
    id::{CompartmentTag, DeviceId, RecordId},
    ledger::{Ledger, operation::UntilDate, rights::Right},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};

/// An entry on its way to live readers.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Its position.
    pub seq: u64,
    /// Who may see it.
    pub audience: Audience,
    /// `[seq, kind, bytes]`, encoded once for all.
    pub bytes: Bytes,
}

/// A listener's end.
pub struct Listener {
    /// New entries; ends when the relay closes.
    pub frames: Receiver<Frame>,
    lagging: Arc<AtomicBool>,
    _seat: Seat,
}

impl Listener {
    /// Did entries get lost since the last call? Then what is queued is thrown away too: the reader pulls everything.
    pub fn fell_behind(&mut self) -> bool {
        let behind = self.lagging.swap(false, SeqCst);
        if behind {
            while self.frames.try_recv().is_ok() {}
        }
        behind
    }
}

struct Reader {
    number: u64,
    queue: Sender<Frame>,
    lagging: Arc<AtomicBool>,
}

type Rooms = Mutex<Option<HashMap<RecordId, Vec<Reader>>>>;

/// Who listens to which record.
pub struct Hub {
    queue: usize,
    readers: usize,
    next: AtomicU64,
    rooms: Arc<Rooms>,
}

/// A reader's place; given back when dropped.
struct Seat {
    record: RecordId,
    number: u64,
    rooms: Arc<Rooms>,
}

impl Hub {
    /// Nobody listens yet. `queue`: entries per reader; `readers`: of one record.
    pub fn new(queue: usize, readers: usize) -> Self {
        let rooms = Arc::new(Mutex::new(Some(HashMap::new())));
        Self {
            queue,
            readers,
            next: AtomicU64::new(0),
            rooms,
        }
    }

    /// Listens to a record. `None`: too many do, or the relay is closing.
    pub fn listen(&self, record: RecordId) -> Option<Listener> {
        let mut rooms = held(&self.rooms);
        let room = rooms.as_mut()?.entry(record).or_default();
        if room.len() >= self.readers {
            return None;
        }
        let number = self.next.fetch_add(1, SeqCst);
        let (queue, frames) = channel(self.queue);
        let lagging = Arc::new(AtomicBool::new(false));
        room.push(Reader {
            number,
            queue,
            lagging: lagging.clone(),
        });
        let seat = Seat {
            record,
            number,
            rooms: self.rooms.clone(),
        };
        Some(Listener {
            frames,
            lagging,
            _seat: seat,
        })
    }

    /// Shows what is new in a batch to everybody who listens to its record. Never waits.
    pub fn publish(&self, batch: &Batch, appended: &Appended) {
        let rooms = held(&self.rooms);
        let Some(room) = rooms.as_ref().and_then(|rooms| rooms.get(&batch.record)) else {
            return;
        };
        let positions = appended.positions.iter();
        for (entry, position) in batch.entries.iter().zip(positions).filter(|(_, p)| p.fresh) {
            let bytes = wire::frame(position.seq, entry.kind, &entry.bytes).into();
            let frame = Frame {
                seq: position.seq,
                audience: entry.audience,
                bytes,
            };
            for reader in room {
                if let Err(TrySendError::Full(_)) = reader.queue.try_send(frame.clone()) {
                    reader.lagging.store(true, SeqCst);
                }
            }
        }
    }

    /// How many listen to a record.
    pub fn listeners(&self, record: &RecordId) -> usize {
        held(&self.rooms)
            .as_ref()
            .and_then(|rooms| rooms.get(record))
            .map_or(0, Vec::len)
    }

    /// Ends every listener, and every later one.
    pub fn close(&self) {
        held(&self.rooms).take();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut rooms = held(&self.rooms);
        let Some(rooms) = rooms.as_mut() else { return };
        let Some(room) = rooms.get_mut(&self.record) else {
            return;
        };
        room.retain(|reader| reader.number != self.number);
        if room.is_empty() {
            rooms.remove(&self.record);
        }
    }
}

/// What a device may see of a record, by its ledger as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    device: DeviceId,
    compartments: Vec<CompartmentTag>,
}

impl Sight {
    /// What it may see on this day.
    ///
    /// # Errors
    /// [`Kind::Removed`], [`Kind::Forbidden`]: the device is not in the record.
    pub fn of(device: DeviceId, ledger: &Ledger, day: UntilDate) -> Result<Self, Kind> {
        let state = ledger.state();
        Standing::of(&device, state, day).must_be_member()?;
        let reads =
            |tag: &CompartmentTag| state.right_on(&device, tag, Some(day)) >= Some(Right::Read);
        let mut compartments: Vec<_> = state.compartments().filter(reads).collect();
        compartments.sort_unstable();
        Ok(Self {
            device,
            compartments,
        })
    }

    /// May it see this?
    pub fn covers(&self, audience: &Audience) -> bool {
        match audience {
            Audience::Everyone => true,
            Audience::Compartment(tag) => self.compartments.binary_search(tag).is_ok(),
            Audience::Device(device) => *device == self.device,
        }
    }

    /// Names the set of readable compartments: 16 hexadecimal digits.
    pub fn scope(&self) -> String {
        hash::short(
            self.compartments
                .iter()
                .map(|tag| tag.as_bytes().as_slice()),
            8,
        )
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Admitted, Position};
    use omamori_core::log::{EntryKind, LogEntry};

    const RECORD: RecordId = RecordId::new([1; 32]);

    fn publish(hub: &Hub, seq: u64, fresh: bool) {
        let entry = LogEntry {
            kind: EntryKind::Chunk,
            bytes: vec![1, 2, 3],
        };
        let entry = Admitted {
            hash: entry.hash(),
            kind: entry.kind,
            audience: Audience::Everyone,
            bytes: entry.bytes,
            late: false,
        };
        let batch = Batch {
            record: RECORD,
            begins: false,
            taken: 0,
            entries: vec![entry],
        };
        let positions = vec![Position { seq, fresh }];
        hub.publish(
            &batch,
            &Appended {
                positions,
                cursor: seq,
                mark: [0; 16],
            },
        );
    }

    #[test]
    fn everybody_who_listens_hears_what_is_new_and_nothing_twice() {
        let hub = Hub::new(4, 4);
        let mut listeners = [hub.listen(RECORD).unwrap(), hub.listen(RECORD).unwrap()];
        let mut elsewhere = hub.listen(RecordId::new([2; 32])).unwrap();
        publish(&hub, 7, true);
        publish(&hub, 7, false);
        for listener in &mut listeners {
            let frame = listener.frames.try_recv().unwrap();
            assert_eq!(frame.bytes.as_ref(), [0x83, 7, 1, 0x43, 1, 2, 3]);
            assert!(listener.frames.try_recv().is_err());
        }
        assert!(elsewhere.frames.try_recv().is_err());
    }

    #[test]
    fn a_slow_reader_is_told_to_pull_and_does_not_slow_others() {
        let hub = Hub::new(2, 4);
        let (mut slow, mut quick) = (hub.listen(RECORD).unwrap(), hub.listen(RECORD).unwrap());
        for seq in 1..=5 {
            publish(&hub, seq, true);
            assert!(quick.frames.try_recv().is_ok());
        }
        assert!(!quick.fell_behind());
        assert!(slow.fell_behind());
        assert!(slow.frames.try_recv().is_err() && !slow.fell_behind());
        publish(&hub, 6, true);
        assert!(slow.frames.try_recv().is_ok());
    }

    #[test]
    fn seats_are_limited_and_given_back() {
        let hub = Hub::new(1, 1);
        let first = hub.listen(RECORD).unwrap();
        assert!(hub.listen(RECORD).is_none());
        drop(first);
        assert_eq!(hub.listeners(&RECORD), 0);
        assert!(hub.listen(RECORD).is_some());
    }

    #[test]
    fn closing_ends_every_listener() {
        let hub = Hub::new(1, 1);
        let mut listener = hub.listen(RECORD).unwrap();
        hub.close();
        assert!(matches!(
            listener.frames.try_recv(),
            Err(tokio::sync::mpsc::error::TryRecvError::Disconnected)
        ));
        assert!(hub.listen(RECORD).is_none());
    }
}
