//! One thread in front of the store: requests that arrive together share one flush (group commit).
//!
//! The answer to a request leaves after its batch is on disk, never before.

use super::{Appended, Batch, BatchRefusal, Store, StoreError};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};
use tokio::sync::oneshot;

/// Requests waiting before new ones are turned away.
const QUEUE: usize = 1024;
/// Batches in one flush.
const GROUP: usize = 512;
/// Entry bytes in one flush, so that the write-ahead log stays small.
const GROUP_BYTES: usize = 16 << 20;

/// Why a batch was not stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The batch itself was refused.
    #[error(transparent)]
    Refused(#[from] BatchRefusal),
    /// The store could not keep it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many requests are waiting; come back later.
    #[error("too many appends are waiting")]
    Overloaded,
    /// The relay is shutting down.
    #[error("the relay is shutting down")]
    Closing,
}

/// Told of every batch that is on disk, in order, on the writing thread, before its sender is answered.
pub type OnCommit = Box<dyn FnMut(Batch, &Appended) + Send>;

struct Job {
    batch: Batch,
    answer: oneshot::Sender<Result<Appended, WriteError>>,
}

/// The queue to the writing thread.
pub struct Writer {
    queue: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: Arc<dyn Store>, on_commit: OnCommit) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let write = move || write_all(&*store, &jobs, on_commit);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(write)?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Stores a batch; returns when it is on disk.
    ///
    /// # Errors
    /// [`WriteError`]: nothing of the batch was stored.
    pub async fn append(&self, batch: Batch) -> Result<Appended, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Job { batch, answer })?;
        answered.await.unwrap_or(Err(WriteError::Closing))
    }

    fn enqueue(&self, job: Job) -> Result<(), WriteError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.as_ref().map(|queue| queue.try_send(job)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(WriteError::Overloaded),
            Some(Err(TrySendError::Disconnected(_))) | None => Err(WriteError::Closing),
        }
    }

    /// Is the thread alive?
    pub fn is_running(&self) -> bool {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Takes nothing more, finishes what is queued and waits for it. Blocks.
    pub fn finish(&self) {
        drop(
            self.queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writing thread panicked");
        }
    }
}

fn write_all(store: &dyn Store, jobs: &Receiver<Job>, mut on_commit: OnCommit) {
    while let Ok(first) = jobs.recv() {
        let (batches, answers): (Vec<_>, Vec<_>) = group(first, jobs)
            .into_iter()
            .map(|job| (job.batch, job.answer))
            .unzip();
        match store.append(&batches) {
            Ok(outcomes) => {
                for ((batch, answer), outcome) in batches.into_iter().zip(answers).zip(outcomes) {
                    if let Ok(appended) = &outcome {
                        on_commit(batch, appended);
                    }
                    // A sender that went away meanwhile will send again; the entries are then already here.
                    let _ = answer.send(outcome.map_err(WriteError::Refused));
                }
            }
            Err(error) => {
                tracing::error!(%error, batches = batches.len(), "append failed");
                for answer in answers {
                    let _ = answer.send(Err(WriteError::Store(error.clone())));
                }
            }
        }
    }
}

/// Everything that already waits, up to the bounds of one flush.
fn group(first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
    let size = |job: &Job| {
        job.batch
            .entries
            .iter()
            .map(|entry| entry.bytes.len())
            .sum::<usize>()
    };
    let mut bytes = size(&first);
    let mut group = vec![first];
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(next) = jobs.try_recv() else { break };
        bytes = bytes.saturating_add(size(&next));
        group.push(next);
    }
    group
}

#[cfg(test)]
mod tests {
    use super::{
        super::{conformance::beginning, quotas::Quotas, sqlite::SqliteStore},
        *,
    };

    fn start(on_commit: OnCommit) -> (tempfile::TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("relay.db"), Quotas::NONE).unwrap();
        (folder, Writer::start(Arc::new(store), on_commit).unwrap())
    }

    #[actix_web::test]
    async fn a_commit_is_announced_before_its_sender_is_answered() {
        let announced = Arc::new(Mutex::new(Vec::new()));
        let seen = announced.clone();
        let (_folder, writer) = start(Box::new(move |_, appended| {
            seen.lock().unwrap().push(appended.cursor)
        }));
        writer.append(beginning(1)).await.unwrap();
        assert_eq!(*announced.lock().unwrap(), [1]);
    }

    #[actix_web::test]
    async fn after_finishing_nothing_more_is_taken() {
        let (_folder, writer) = start(Box::new(|_, _| {}));
        writer.append(beginning(1)).await.unwrap();
        writer.finish();
        assert!(matches!(
            writer.append(beginning(2)).await,
            Err(WriteError::Closing)
        ));
        assert!(!writer.is_running());
    }
}
