//! Who fetched what: noted for the family, signed with the relay's key, chained, without content.
//!
//! What one device fetches of one record within a short time becomes one [`Access`]. A thread of its own writes them down, so reading
//! never waits for it, and never fails because of it. A relay that is killed loses at most the time of one access.

use crate::store::{NotedAccess, Store, StoreError};
use omamori_core::{
    access::{Access, SignedAccess},
    cose::SigningKey,
    id::{CompartmentTag, DeviceId, RecordId},
    log::EntryHash,
    time::UnixMillis,
};
use std::{
    collections::{BTreeSet, HashMap},
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// Notes waiting for the thread. Beyond it they are not noted, and that is logged.
const QUEUE: usize = 65_536;
/// How often the thread looks for what is due.
const BEAT: Duration = Duration::from_secs(1);
/// However short an access may be.
const LEAST_BEAT: Duration = Duration::from_millis(20);
/// Accesses not yet written, beyond which the oldest are written at once.
const OPEN: usize = 20_000;

/// Something was sent to a device.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// Of which record.
    pub record: RecordId,
    /// To which device.
    pub device: DeviceId,
    /// The first and the last time, by the relay's clock.
    pub times: (UnixMillis, UnixMillis),
    /// Lowest and highest position.
    pub positions: (u64, u64),
    /// How many entries.
    pub entries: u64,
    /// Of which compartments.
    pub compartments: BTreeSet<CompartmentTag>,
}

enum Note {
    Fetched(Fetch),
    /// Write down what is open of this record, then answer.
    Write(RecordId, oneshot::Sender<()>),
}

/// Takes notes.
pub struct Accesses {
    queue: Mutex<Option<SyncSender<Note>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How long one access may span, and how many are kept of a record.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// From the first to the last fetch.
    pub window: Duration,
    /// Accesses of one record.
    pub keep: u64,
}

impl Accesses {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: Arc<dyn Store>, key: SigningKey, span: Span) -> io::Result<Self> {
        let (queue, notes) = sync_channel(QUEUE);
        let book = Book {
            store,
            key,
            span,
            open: HashMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("accesses".to_owned())
            .spawn(move || book.keep(&notes))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Notes a fetch. Never waits.
    pub fn note(&self, fetch: Fetch) {
        if fetch.entries == 0 {
            return;
        }
        let queue = held(&self.queue);
        let lost = |queue: &SyncSender<Note>| queue.try_send(Note::Fetched(fetch)).is_err();
        if queue.as_ref().is_some_and(lost) {
            tracing::error!("an access was not noted");
        }
    }

    /// Returns when what was fetched of a record until now can be read in its list.
    pub async fn written(&self, record: RecordId) {
        let (answer, answered) = oneshot::channel();
        let queue = held(&self.queue).clone();
        let asked = queue.is_some_and(|queue| queue.try_send(Note::Write(record, answer)).is_ok());
        if asked {
            // The thread ends without an answer only when the relay does.
            let _ = answered.await;
        }
    }

    /// Writes down what is open and ends the thread. Blocks.
    pub fn finish(&self) {
        drop(held(&self.queue).take());
        let thread = held(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that notes accesses panicked");
        }
    }
}

/// What has not been written down yet.
struct Book {
    store: Arc<dyn Store>,
    key: SigningKey,
    span: Span,
    open: HashMap<(RecordId, DeviceId), (Instant, Fetch)>,
}

impl Book {
    fn keep(mut self, notes: &Receiver<Note>) {
        let beat = BEAT.min(self.span.window).max(LEAST_BEAT);
        let mut looked = Instant::now();
        loop {
            match notes.recv_timeout(beat) {
                Ok(Note::Fetched(fetch)) => self.add(fetch),
                Ok(Note::Write(record, answer)) => {
                    self.write(|of, _| *of == record);
                    // Whoever asked may be gone.
                    let _ = answer.send(());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.write(|_, _| true);
                    return;
                }
            }
            let window = self.span.window;
            if looked.elapsed() >= beat {
                looked = Instant::now();
                self.write(|_, began| began.elapsed() >= window);
            }
            if self.open.len() > OPEN {
                self.write(|_, _| true);
            }
        }
    }

    fn add(&mut self, fetch: Fetch) {
        let key = (fetch.record, fetch.device);
        let Some((_, open)) = self.open.get_mut(&key) else {
            self.open.insert(key, (Instant::now(), fetch));
            return;
        };
        open.positions = (
            open.positions.0.min(fetch.positions.0),
            open.positions.1.max(fetch.positions.1),
        );
        open.entries = open.entries.saturating_add(fetch.entries);
        open.compartments.extend(fetch.compartments);
        open.times.1 = open.times.1.max(fetch.times.1);
    }

    fn write(&mut self, due: impl Fn(&RecordId, &Instant) -> bool) {
        let due: Vec<_> = self
            .open
            .extract_if(|(record, _), (began, _)| due(record, began))
            .collect();
        if due.is_empty() {
            return;
        }
        let noted = self.signed(due.iter().map(|(_, (_, fetch))| fetch));
        let noted = noted.and_then(|noted| self.store.note_accesses(&noted, self.span.keep));
        if let Err(error) = noted {
            tracing::error!(%error, accesses = due.len(), "accesses wait to be noted");
            self.open.extend(due);
            // A disk that stays full must not fill the memory as well.
            if self.open.len() > OPEN {
                self.open.clear();
            }
        }
    }

    /// Signs each after the one before it in its record.
    fn signed<'a>(
        &self,
        fetches: impl Iterator<Item = &'a Fetch>,
    ) -> Result<Vec<NotedAccess>, StoreError> {
        let mut last = HashMap::new();
        let mut noted = Vec::new();
        for fetch in fetches {
            let (number, previous) = match last.get(&fetch.record) {
                Some(last) => *last,
                None => self.last(&fetch.record)?,
            };
            let access = Access {
                record: fetch.record,
                number: number + 1,
                previous,
                device: fetch.device,
                began: fetch.times.0,
                ended: fetch.times.1,
                first: fetch.positions.0,
                last: fetch.positions.1,
                entries: fetch.entries,
                compartments: fetch.compartments.iter().copied().collect(),
            };
            let bytes = access.sign(&self.key);
            let hash = SignedAccess::read(&bytes).ok().map(|signed| signed.hash);
            last.insert(fetch.record, (access.number, hash));
            noted.push(NotedAccess {
                record: fetch.record,
                number: access.number,
                bytes,
            });
        }
        Ok(noted)
    }

    fn last(&self, record: &RecordId) -> Result<(u64, Option<EntryHash>), StoreError> {
        let last = self.store.last_access(record)?;
        Ok(last.map_or((0, None), |(number, bytes)| {
            (number, SignedAccess::read(&bytes).ok().map(|it| it.hash))
        }))
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
