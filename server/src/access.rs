//! Who fetched and opened what: noted for the family, signed with the relay's key, chained, without content.
//!
//! What one device fetches of one record within a short time becomes one [`Access`], and so does what is asked about one card within
//! a longer one: anybody may ask, and must not push out with a minute's asking what others did. A thread of its own writes them down, so
//! reading never waits for it, and never fails because of it. A relay that is killed loses at most the time of one access.

use crate::store::{Keep, ListOf, NotedAccess, Store, StoreError};
use omamori_core::{
    access::{Access, SignedAccess, Way, What},
    card_notice,
    cose::SigningKey,
    id::DeviceId,
    log::EntryHash,
    time::UnixMillis,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet, hash_map::Entry},
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
const OPEN: usize = if cfg!(test) { 3 } else { 20_000 };
/// Generations of one card told apart within the time of one access. Further ones count as not said: numbers cost nothing to make up.
const GENERATIONS: usize = 4;
/// What devices told and is written, remembered, so that what comes twice is noted once; beyond it, all of it is forgotten.
const TOLD: usize = 100_000;

/// Something to be noted.
#[derive(Debug, Clone)]
pub struct Happening {
    /// In which list.
    pub list: ListOf,
    /// The first and the last time: by the relay's clock, or as a device told.
    pub times: (UnixMillis, UnixMillis),
    /// What happened.
    pub what: What,
}

impl Happening {
    /// What belongs together becomes one access; what a device told stays as it told it, and told again is the same.
    fn key(&self) -> Key {
        let by = match &self.what {
            What::Fetched { device, .. } => By::Device(*device),
            What::Told { device, way, .. } => By::Telling(*device, *way, self.times.0),
            What::Asked { generation, .. } => By::Card(*generation),
        };
        (self.list, by)
    }

    /// Another one of the same key.
    fn join(&mut self, other: Self) {
        self.times.1 = self.times.1.max(other.times.1);
        match (&mut self.what, other.what) {
            (
                What::Fetched {
                    first,
                    last,
                    entries,
                    compartments,
                    ..
                },
                What::Fetched {
                    first: from,
                    last: to,
                    entries: more,
                    compartments: others,
                    ..
                },
            ) => {
                (*first, *last) = ((*first).min(from), (*last).max(to));
                *entries = entries.saturating_add(more);
                let all: BTreeSet<_> = compartments.drain(..).chain(others).collect();
                compartments.extend(all);
            }
            (What::Asked { times, .. }, What::Asked { times: more, .. }) => {
                *times = times.saturating_add(more);
            }
            // Told again.
            _ => {}
        }
    }
}

type Key = (ListOf, By);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum By {
    Device(DeviceId),
    Card(u32),
    Telling(DeviceId, Way, UnixMillis),
}

enum Note {
    Happened(Happening),
    /// What a device told: note it and write it down at once, then answer whether it is. In one piece: between the two a full disk could
    /// have taken it out again.
    Told(Vec<Happening>, oneshot::Sender<bool>),
    /// Write down what is open of this list, then answer whether it is.
    Write(ListOf, oneshot::Sender<bool>),
}

/// Takes notes.
pub struct Accesses {
    queue: Mutex<Option<SyncSender<Note>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How long one access may span, and how many are kept.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// From the first to the last fetch.
    pub window: Duration,
    /// From the first to the last question about a card.
    pub of_cards: Duration,
    /// Of one list.
    pub keep: Keep,
    /// How many openings one device may tell of one record in a day.
    pub told: u32,
}

impl Span {
    fn of(&self, list: &ListOf) -> Duration {
        match list {
            ListOf::Record(_) => self.window,
            ListOf::Card(_) => self.of_cards,
        }
    }
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
            generations: HashMap::new(),
            told: HashMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("accesses".to_owned())
            .spawn(move || book.keep(&notes))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Notes what happened. Never waits.
    pub fn note(&self, happening: Happening) {
        let queue = held(&self.queue);
        let lost = |queue: &SyncSender<Note>| queue.try_send(Note::Happened(happening)).is_err();
        if queue.as_ref().is_some_and(lost) {
            tracing::error!("an access was not noted");
        }
    }

    /// Returns when what a device told can be read in its list. `false`: it is to be told again.
    pub async fn told(&self, happenings: Vec<Happening>) -> bool {
        self.ask(|answer| Note::Told(happenings, answer)).await
    }

    /// Returns when what happened until now can be read in this list. `false`: it waits, and may be lost.
    pub async fn written(&self, list: ListOf) -> bool {
        self.ask(|answer| Note::Write(list, answer)).await
    }

    async fn ask(&self, note: impl FnOnce(oneshot::Sender<bool>) -> Note) -> bool {
        let (answer, answered) = oneshot::channel();
        let queue = held(&self.queue).clone();
        let asked = queue.is_some_and(|queue| queue.try_send(note(answer)).is_ok());
        // The thread ends without an answer only when the relay does.
        asked && answered.await.unwrap_or_default()
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
    open: HashMap<Key, (Instant, Happening)>,
    /// How many generations of a card are open.
    generations: HashMap<ListOf, usize>,
    /// What devices told and is written: with the end that they told.
    told: HashMap<Key, UnixMillis>,
}

impl Book {
    fn keep(mut self, notes: &Receiver<Note>) {
        let shortest = self.span.window.min(self.span.of_cards);
        let beat = BEAT.min(shortest).max(LEAST_BEAT);
        let mut looked = Instant::now();
        loop {
            match notes.recv_timeout(beat) {
                Ok(Note::Happened(happening)) => self.add(happening),
                // Whoever asked may be gone.
                Ok(Note::Told(happenings, answer)) => {
                    let _ = answer.send(self.hear(happenings));
                }
                Ok(Note::Write(list, answer)) => {
                    let _ = answer.send(self.write(|of, _| *of == list));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.write(|_, _| true);
                    return;
                }
            }
            let span = self.span;
            if looked.elapsed() >= beat {
                looked = Instant::now();
                self.write(|list, began| began.elapsed() >= span.of(list));
            }
            if self.open.len() > OPEN {
                self.write(|_, _| true);
            }
        }
    }

    fn hear(&mut self, happenings: Vec<Happening>) -> bool {
        let lists: HashSet<_> = happenings.iter().map(|happening| happening.list).collect();
        happenings
            .into_iter()
            .for_each(|happening| self.add(happening));
        self.write(|of, _| lists.contains(of))
    }

    fn add(&mut self, mut happening: Happening) {
        self.fold(&mut happening);
        let key = happening.key();
        if self
            .told
            .get(&key)
            .is_some_and(|end| *end >= happening.times.1)
        {
            return;
        }
        match self.open.entry(key) {
            Entry::Occupied(mut open) => open.get_mut().1.join(happening),
            Entry::Vacant(place) => {
                place.insert((Instant::now(), happening));
                if let (list, By::Card(1..)) = key {
                    *self.generations.entry(list).or_default() += 1;
                }
            }
        }
    }

    /// One generation too many of a card counts as not said.
    fn fold(&self, happening: &mut Happening) {
        let Happening { list, what, .. } = happening;
        let What::Asked { generation, .. } = what else {
            return;
        };
        let is_open = |of| self.open.contains_key(&(*list, By::Card(of)));
        let is_new = *generation != 0 && !is_open(*generation);
        if is_new
            && self
                .generations
                .get(list)
                .is_some_and(|open| *open >= GENERATIONS)
        {
            *generation = 0;
        }
    }

    /// `false`: it could not be written, and is open still or lost.
    fn write(&mut self, due: impl Fn(&ListOf, &Instant) -> bool) -> bool {
        let mut due: Vec<_> = self
            .open
            .extract_if(|(list, _), (began, _)| due(list, began))
            .collect();
        if due.is_empty() {
            return true;
        }
        for ((list, by), _) in &due {
            self.close(*list, *by);
        }
        due.sort_by_key(|(_, (began, happening))| (*began, happening.times));
        let noted = self.signed(due.iter().map(|(_, (_, happening))| happening));
        let noted = noted.and_then(|noted| self.store.note_accesses(&noted, self.span.keep));
        if let Err(error) = noted {
            tracing::error!(%error, accesses = due.len(), "accesses wait to be noted");
            // A disk that stays full must not fill the memory as well.
            if self.open.len() + due.len() > OPEN {
                self.open.clear();
                self.generations.clear();
            } else {
                self.reopen(due);
            }
            return false;
        }
        self.remember(due);
        true
    }

    fn close(&mut self, list: ListOf, by: By) {
        if let (Entry::Occupied(mut open), By::Card(1..)) = (self.generations.entry(list), by) {
            *open.get_mut() = open.get().saturating_sub(1);
            if *open.get() == 0 {
                open.remove();
            }
        }
    }

    fn reopen(&mut self, due: Vec<(Key, (Instant, Happening))>) {
        for (key, open) in due {
            if let (list, By::Card(1..)) = key {
                *self.generations.entry(list).or_default() += 1;
            }
            self.open.insert(key, open);
        }
    }

    fn remember(&mut self, written: Vec<(Key, (Instant, Happening))>) {
        for (key, (_, happening)) in written {
            if matches!(happening.what, What::Told { .. }) {
                if self.told.len() >= TOLD {
                    self.told.clear();
                }
                self.told.insert(key, happening.times.1);
            }
        }
    }

    /// Signs each after the one before it in its list.
    fn signed<'a>(
        &self,
        happenings: impl Iterator<Item = &'a Happening>,
    ) -> Result<Vec<NotedAccess>, StoreError> {
        let mut last = HashMap::new();
        let mut noted = Vec::new();
        for Happening { list, times, what } in happenings {
            let (number, previous) = match last.get(list) {
                Some(last) => *last,
                None => self.last(list)?,
            };
            let access = Access {
                record: match list {
                    ListOf::Record(record) => *record,
                    ListOf::Card(card) => card_notice::openings(card),
                },
                number: number + 1,
                previous,
                began: times.0,
                ended: times.1,
                what: what.clone(),
            };
            let bytes = access.sign(&self.key);
            let hash = SignedAccess::read(&bytes).ok().map(|signed| signed.hash);
            last.insert(*list, (access.number, hash));
            noted.push(NotedAccess {
                list: *list,
                number: access.number,
                bytes,
            });
        }
        Ok(noted)
    }

    fn last(&self, list: &ListOf) -> Result<(u64, Option<EntryHash>), StoreError> {
        let last = self.store.last_access(list)?;
        Ok(last.map_or((0, None), |(number, bytes)| {
            (number, SignedAccess::read(&bytes).ok().map(|it| it.hash))
        }))
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{conformance::beginning, quotas::Quotas, sqlite::SqliteStore};

    fn accesses(store: &Arc<SqliteStore>) -> Accesses {
        let span = Span {
            window: Duration::from_secs(3600),
            of_cards: Duration::from_secs(3600),
            keep: Keep { record: 9, card: 9 },
            told: 9,
        };
        Accesses::start(store.clone(), SigningKey::from_seed(&[1; 32]), span).unwrap()
    }

    fn happened(times: (i64, i64), what: What) -> Happening {
        Happening {
            list: ListOf::Record(beginning(1).record),
            times: (UnixMillis(times.0), UnixMillis(times.1)),
            what,
        }
    }

    /// A phone tells that it was opened from then to then.
    fn told(began: i64, ended: i64) -> Happening {
        let what = What::Told {
            device: DeviceId::new([2; 32]),
            way: Way::Read,
            heard: UnixMillis(3),
        };
        happened((began, ended), what)
    }

    fn fetched(device: u8) -> Happening {
        let what = What::Fetched {
            device: DeviceId::new([device; 32]),
            first: 1,
            last: 1,
            entries: 1,
            compartments: Vec::new(),
        };
        happened((1, 1), what)
    }

    #[actix_web::test]
    async fn whoever_tells_is_not_thanked_for_what_could_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("relay.db"), Quotas::NONE).unwrap();
        let store = Arc::new(store);
        store.append(&[beginning(1)]).unwrap();
        let list = told(1, 2).list;
        let accesses = accesses(&store);
        assert!(accesses.told(vec![told(1, 2)]).await);
        // The same again is written already.
        assert!(accesses.told(vec![told(1, 2)]).await);
        assert_eq!(store.accesses(&list, 0, 9).unwrap().len(), 1);
        store.close();
        assert!(!accesses.told(vec![told(5, 6)]).await);
        accesses.finish();
        assert!(!accesses.told(vec![told(5, 6)]).await);
    }

    #[actix_web::test]
    async fn whoever_tells_a_relay_whose_disk_and_memory_are_full_is_not_thanked_either() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("relay.db"), Quotas::NONE).unwrap();
        let store = Arc::new(store);
        store.append(&[beginning(1)]).unwrap();
        let accesses = accesses(&store);
        store.close();
        for device in 0..OPEN {
            accesses.note(fetched(u8::try_from(device).unwrap()));
        }
        assert!(!accesses.told(vec![told(1, 2)]).await);
        assert!(!accesses.told(vec![told(1, 2)]).await);
    }
}
