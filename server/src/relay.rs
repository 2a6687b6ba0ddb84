//! The parts of a running relay, shared by all requests.

use crate::{
    access::{Accesses, Happening},
    admission::{Admission, Door},
    app::App,
    buffers::Buffers,
    config::{Config, Limits},
    ledgers::{Cell, Ledgers},
    live::Hub,
    mailbox::{self, Mailboxes},
    problem::{Kind, Problem},
    rate::Rate,
    standing::{self, Lane},
    store::{Appended, Audience, Batch, ListOf, Mark, Store, sqlite::SqliteStore, writer::Writer},
    tellings::Tellings,
    token::{Caller, Tokens, key::signing_key},
    turns::Turns,
    wire::Submitted,
};
use actix_web::{HttpRequest, web};
use omamori_core::{
    access::What,
    card_notice::NoticeId,
    id::RecordId,
    ledger::{Ledger, operation::UntilDate},
    log::EntryHash,
    time::UnixMillis,
};
use std::{
    collections::{BTreeSet, HashSet},
    io,
    net::IpAddr,
    sync::Arc,
    time::SystemTime,
};

/// Batches up to this many bytes are judged where they arrive; larger ones on a thread that may block.
const JUDGED_IN_PLACE: usize = 16 * 1024;

/// Everything a request needs.
pub struct Relay {
    pub(crate) limits: Limits,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) writer: Writer,
    pub(crate) hub: Arc<Hub>,
    pub(crate) tokens: Tokens,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) invitations: Mailboxes,
    pub(crate) open_requests: Rate,
    pub(crate) mailbox_puts: Rate,
    pub(crate) app: Option<App>,
    pub(crate) appends: Turns,
    pub(crate) pulls: Turns,
    pub(crate) bodies: Buffers,
    pub(crate) accesses: Accesses,
    pub(crate) tellings: Tellings,
    pub(crate) lane: Lane,
    /// Certificates, in pieces.
    pub(crate) late_certificates: Lane,
    ledgers: Arc<Ledgers>,
    behind_proxy: bool,
}

impl Relay {
    /// Opens everything that lies on disk and starts the writing thread.
    ///
    /// # Errors
    /// When the database, the key or the app cannot be read.
    pub fn open(config: &Config) -> io::Result<Self> {
        let limits = config.limits.clone();
        let store = SqliteStore::open(&config.data, limits.quotas);
        let store: Arc<dyn Store> =
            Arc::new(store.map_err(|error| {
                io::Error::other(format!("{}: {error}", config.data.display()))
            })?);
        let ledgers = Arc::new(Ledgers::new(store.clone()));
        let hub = Arc::new(Hub::new(limits.live_queue, limits.live_readers));
        Ok(Self {
            writer: start_writer(store.clone(), ledgers.clone(), hub.clone())?,
            store: store.clone(),
            hub,
            ledgers,
            tokens: Tokens::open(&config.data, &limits)?,
            mailboxes: Mailboxes::new(
                mailbox::PAIRING,
                limits.mailbox_life,
                limits.mailboxes_of_one,
            ),
            invitations: Mailboxes::new(
                mailbox::INVITATION,
                limits.invitation_life,
                limits.mailboxes_of_one,
            ),
            open_requests: Rate::new(limits.open_requests),
            mailbox_puts: Rate::new(limits.mailbox_puts),
            app: config.app.as_deref().map(App::read).transpose()?,
            appends: Turns::new(limits.appends, limits.appends_of_one),
            pulls: Turns::new(limits.pulls, limits.pulls_of_one),
            accesses: Accesses::start(store.clone(), signing_key(&config.data)?, limits.accesses)?,
            tellings: Tellings::new(limits.accesses.told),
            lane: Lane::new(limits.lane),
            late_certificates: Lane::new(limits.late_certificates),
            bodies: Buffers::new(limits.bodies, limits.bodies_of_one),
            behind_proxy: config.behind_proxy,
            limits,
        })
    }

    /// The ledger of a record.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if there is no such record, or what keeps it from being read.
    pub(crate) async fn ledger(self: &Arc<Self>, record: RecordId) -> Result<Arc<Ledger>, Problem> {
        self.cell(record).await?.now().ok_or(Kind::NotFound.into())
    }

    /// As [`Relay::ledger`], for whoever wants to see it change.
    pub(crate) async fn cell(self: &Arc<Self>, record: RecordId) -> Result<Arc<Cell>, Problem> {
        if let Some(cell) = self.ledgers.loaded(&record) {
            return Ok(cell);
        }
        let relay = self.clone();
        let cell = web::block(move || relay.ledgers.load(&record)).await??;
        cell.ok_or(Kind::NotFound.into())
    }

    /// Judges a batch.
    pub(crate) async fn admit(
        &self,
        ledger: Arc<Ledger>,
        batch: Vec<Submitted>,
        door: Door,
    ) -> Result<Admission, Problem> {
        let size: usize = batch.iter().map(|entry| entry.bytes.len()).sum();
        if size <= JUDGED_IN_PLACE {
            return Ok(crate::admission::admit(&ledger, batch, door));
        }
        Ok(web::block(move || crate::admission::admit(&ledger, batch, door)).await?)
    }

    /// Stores a batch; returns when it is on disk.
    pub(crate) async fn append(&self, batch: Batch) -> Result<Appended, Problem> {
        Ok(self.writer.append(batch).await?)
    }

    /// The mark of a record's log at a position.
    pub(crate) async fn mark(&self, record: RecordId, seq: u64) -> Result<Option<Mark>, Problem> {
        let store = self.store.clone();
        Ok(web::block(move || store.mark(&record, seq)).await??)
    }

    /// Which of these entries are in a record's log.
    pub(crate) async fn holds(
        &self,
        record: RecordId,
        entries: impl Iterator<Item = EntryHash>,
    ) -> Result<HashSet<EntryHash>, Problem> {
        let (store, mut here): (_, HashSet<_>) = (self.store.clone(), entries.collect());
        if here.is_empty() {
            return Ok(here);
        }
        let looked = web::block(move || {
            for hash in here.clone() {
                if !store.holds(&record, &hash)? {
                    here.remove(&hash);
                }
            }
            Ok::<_, Problem>(here)
        });
        looked.await?
    }

    /// Notes what was sent to a device: positions, each with who may be shown it.
    pub(crate) fn note_access(&self, caller: Caller, sent: impl Iterator<Item = (u64, Audience)>) {
        let (mut first, mut last, mut entries) = (u64::MAX, 0, 0);
        let mut compartments = BTreeSet::new();
        for (seq, audience) in sent {
            (first, last) = (first.min(seq), last.max(seq));
            entries += 1;
            if let Audience::Compartment(tag) = audience {
                compartments.insert(tag);
            }
        }
        if entries == 0 {
            return;
        }
        let now = UnixMillis(now_millis());
        self.accesses.note(Happening {
            list: ListOf::Record(caller.record),
            times: (now, now),
            what: What::Fetched {
                device: caller.device,
                first,
                last,
                entries,
                compartments: compartments.into_iter().collect(),
            },
        });
    }

    /// Notes that somebody asked about a card.
    pub(crate) fn note_card(&self, card: NoticeId, generation: u32) {
        let now = UnixMillis(now_millis());
        self.accesses.note(Happening {
            list: ListOf::Card(card),
            times: (now, now),
            what: What::Asked {
                generation,
                times: 1,
            },
        });
    }

    /// Counts a request that needs no token.
    pub(crate) fn count(&self, request: &HttpRequest, rate: &Rate) -> Result<(), Problem> {
        match self.address(request) {
            Some(address) if !rate.allows(address) => Err(Kind::TooManyRequests.into()),
            _ => Ok(()),
        }
    }

    /// Where a request comes from.
    pub(crate) fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let forwarded = request.headers().get_all("x-forwarded-for").last();
        let forwarded = forwarded.filter(|_| self.behind_proxy);
        // Only the last address is the proxy's own word: those before it came from the client.
        let told =
            forwarded.and_then(|list| list.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        told.or_else(|| request.peer_addr().map(|peer| peer.ip()))
    }

    /// Ends live readers. What is being appended is finished by [`Relay::finish`].
    pub(crate) fn close(&self) {
        self.hub.close();
    }

    /// Finishes what is queued for the disk. Blocks.
    pub(crate) fn finish(&self) {
        self.appends.close();
        self.pulls.close();
        self.writer.finish();
        self.accesses.finish();
        self.store.close();
    }
}

fn start_writer(store: Arc<dyn Store>, ledgers: Arc<Ledgers>, hub: Arc<Hub>) -> io::Result<Writer> {
    Writer::start(
        store,
        Box::new(move |batch, appended| {
            // Rights first: whoever hears of an operation finds it in force.
            ledgers.committed(&batch);
            hub.publish(&batch, appended);
        }),
    )
}

/// The day on which grants are judged now.
pub(crate) fn today() -> UntilDate {
    standing::day(now())
}

/// Milliseconds since 1970 by the relay's clock.
pub(crate) fn now_millis() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970 by the relay's clock.
pub(crate) fn now() -> u64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0, |since| since.as_secs())
}
