//! The ledgers of the records in use, kept in memory: rights are looked up at every request, and must be current.
//!
//! Only the writing thread changes a ledger here, after its operation is on disk and before anybody is told.

use crate::store::{Batch, Store, StoreError};
use omamori_core::{
    id::RecordId,
    ledger::{Ledger, operation::SignedOperation},
    log::EntryKind,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

/// Records kept in memory beyond those that are being used at the moment.
const KEPT: usize = 2048;
/// Operations kept in memory in the same sense: about 5 KiB each.
const OPERATIONS: usize = 50_000;

/// One record's ledger, always as current as the log.
pub struct Cell {
    ledger: Mutex<Option<Arc<Ledger>>>,
    used: AtomicU64,
    operations: AtomicUsize,
}

impl Cell {
    /// The ledger now. `None`: there is no such record.
    pub fn now(&self) -> Option<Arc<Ledger>> {
        held(&self.ledger).clone()
    }

    fn weigh(&self, ledger: Option<&Ledger>) {
        let operations = ledger.map_or(0, |ledger| ledger.operations().count());
        self.operations.store(operations, Relaxed);
    }

    fn is_loaded(&self) -> bool {
        // A cell that is being loaded is locked for as long as the disk takes: not a wait for an async thread.
        self.ledger.try_lock().is_ok_and(|ledger| ledger.is_some())
    }
}

/// All of them.
pub struct Ledgers {
    store: Arc<dyn Store>,
    cells: Mutex<HashMap<RecordId, Arc<Cell>>>,
    clock: AtomicU64,
}

impl Ledgers {
    /// None loaded yet.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            cells: Mutex::default(),
            clock: AtomicU64::new(0),
        }
    }

    /// A record's ledger, if it is in memory already.
    pub fn loaded(&self, record: &RecordId) -> Option<Arc<Cell>> {
        let cell = held(&self.cells).get(record).cloned()?;
        cell.used.store(self.clock.fetch_add(1, Relaxed), Relaxed);
        cell.is_loaded().then_some(cell)
    }

    /// A record's ledger; read from the store if need be. Blocks. `None`: there is no such record.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub fn load(&self, record: &RecordId) -> Result<Option<Arc<Cell>>, StoreError> {
        let cell = self.cell(record);
        let mut ledger = held(&cell.ledger);
        if ledger.is_none() {
            // The cell is findable while this reads, so an operation that is committed meanwhile waits for the lock and is
            // applied after it.
            *ledger = self.read(record)?.map(Arc::new);
            cell.weigh(ledger.as_deref());
        }
        let exists = ledger.is_some();
        drop(ledger);
        if !exists {
            self.forget(record, &cell);
        }
        Ok(exists.then_some(cell))
    }

    /// Takes note of operations that are on disk now. Called on the writing thread only.
    pub fn committed(&self, batch: &Batch) {
        let operations = batch
            .entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Operation);
        let mut operations = operations.peekable();
        if operations.peek().is_none() {
            return;
        }
        let Some(cell) = held(&self.cells).get(&batch.record).cloned() else {
            return;
        };
        let mut ledger = held(&cell.ledger);
        let Some(current) = ledger.as_mut() else {
            return;
        };
        let grown = Arc::make_mut(current);
        for operation in operations {
            take(grown, &operation.bytes);
        }
        cell.weigh(Some(grown));
    }

    fn read(&self, record: &RecordId) -> Result<Option<Ledger>, StoreError> {
        let Some(operations) = self.store.operations(record)? else {
            return Ok(None);
        };
        let mut operations = operations.iter();
        let genesis = operations
            .next()
            .and_then(|bytes| SignedOperation::parse(bytes).ok());
        let Some(mut ledger) = genesis.and_then(|genesis| Ledger::begin(genesis).ok()) else {
            return Err(StoreError::Engine(
                "a record does not begin with its genesis".to_owned(),
            ));
        };
        for operation in operations {
            take(&mut ledger, operation);
        }
        Ok(Some(ledger))
    }

    fn cell(&self, record: &RecordId) -> Arc<Cell> {
        let mut cells = held(&self.cells);
        if !cells.contains_key(record) && is_full(&cells) {
            make_room(&mut cells);
        }
        let used = self.clock.fetch_add(1, Relaxed);
        let cell = cells.entry(*record).or_insert_with(|| {
            Arc::new(Cell {
                ledger: Mutex::new(None),
                used: AtomicU64::new(0),
                operations: AtomicUsize::new(0),
            })
        });
        cell.used.store(used, Relaxed);
        cell.clone()
    }

    /// Whoever asks for records that do not exist fills no memory.
    fn forget(&self, record: &RecordId, cell: &Arc<Cell>) {
        let mut cells = held(&self.cells);
        let is_this = cells
            .get(record)
            .is_some_and(|found| Arc::ptr_eq(found, cell));
        // Another thread that holds the cell may be loading it right now.
        if is_this && Arc::strong_count(cell) == 2 {
            cells.remove(record);
        }
    }
}

fn is_full(cells: &HashMap<RecordId, Arc<Cell>>) -> bool {
    let operations = cells.values().map(|cell| cell.operations.load(Relaxed));
    cells.len() >= KEPT || operations.sum::<usize>() >= OPERATIONS
}

/// Drops the half that was not used for longest. What somebody holds stays: two cells of one record would differ.
fn make_room(cells: &mut HashMap<RecordId, Arc<Cell>>) {
    let mut times: Vec<u64> = cells.values().map(|cell| cell.used.load(Relaxed)).collect();
    let middle = times.len() / 2;
    let (_, &mut middle, _) = times.select_nth_unstable(middle);
    cells.retain(|_, cell| cell.used.load(Relaxed) > middle || Arc::strong_count(cell) > 1);
}

/// The log holds only operations that were good when they were admitted.
fn take(ledger: &mut Ledger, bytes: &[u8]) {
    let taken = SignedOperation::parse(bytes)
        .map_err(|error| error.to_string())
        .and_then(|operation| ledger.apply(operation).map_err(|error| error.to_string()));
    if let Err(error) = taken {
        tracing::error!(error, "a stored operation does not apply");
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
