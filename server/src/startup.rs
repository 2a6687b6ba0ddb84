//! From a configuration to a listening relay, and back to a clean stop.

use crate::{config::Config, headers, logging, relay::Relay, routes, tls};
use actix_web::{App, HttpServer, dev::ServerHandle, middleware, rt, web};
use std::{io, net::SocketAddr, sync::Arc, thread::JoinHandle, time::Duration};

/// A relay that listens.
pub struct Running {
    /// Where, with the port that was free.
    pub addr: SocketAddr,
    /// `http` or `https`.
    pub scheme: &'static str,
    server: actix_web::dev::Server,
    relay: Arc<Relay>,
}

/// Opens the database and listens. Must be called inside an actix system; see [`spawn`] for a thread with its own.
///
/// # Errors
/// When something configured cannot be read or the address is taken.
pub fn bind(config: Config) -> io::Result<Running> {
    let tls = tls::configure(&config.tls)?;
    let relay = Arc::new(Relay::open(&config)?);
    let (shared, limits, security) = (relay.clone(), config.limits.clone(), config.tls);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(shared.clone()))
            .wrap(headers::strict(&security))
            .wrap(middleware::from_fn(logging::log))
            .configure(routes::configure)
    })
    .disable_signals()
    .shutdown_timeout(limits.shutdown.as_secs())
    .max_connections(limits.connections)
    .client_request_timeout(Duration::from_secs(10))
    .client_disconnect_timeout(Duration::from_secs(5))
    .tls_handshake_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(75));
    let scheme = if tls.is_some() { "https" } else { "http" };
    let server = match tls {
        Some(tls) => server.bind_rustls_0_23(config.listen, tls)?,
        None => server.bind(config.listen)?,
    };
    let addr = server.addrs().first().copied();
    let addr = addr.ok_or_else(|| io::Error::other("no address to listen on"))?;
    Ok(Running {
        addr,
        scheme,
        server: server.run(),
        relay,
    })
}

impl Running {
    /// Asks this relay to stop from elsewhere.
    pub fn stopper(&self) -> Stopper {
        Stopper {
            server: self.server.handle(),
            relay: self.relay.clone(),
        }
    }

    /// Serves until it is stopped; what was being stored is on disk then.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn run(self) -> io::Result<()> {
        let outcome = self.server.await;
        let relay = self.relay;
        web::block(move || relay.finish())
            .await
            .map_err(io::Error::other)?;
        outcome
    }
}

/// Stops a relay.
#[derive(Clone)]
pub struct Stopper {
    server: ServerHandle,
    relay: Arc<Relay>,
}

impl Stopper {
    /// Takes no more connections, ends live lines, lets requests finish.
    pub async fn stop(&self) {
        self.relay.close();
        self.server.stop(true).await;
    }
}

/// A relay on a thread of its own. Stops when dropped.
pub struct Background {
    /// Where it listens.
    pub addr: SocketAddr,
    /// `http` or `https`.
    pub scheme: &'static str,
    stopper: Stopper,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// Starts a relay on a thread of its own.
///
/// # Errors
/// As [`bind`].
pub fn spawn(config: Config) -> io::Result<Background> {
    let (ready, started) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("relay".to_owned())
        .spawn(move || {
            rt::System::new().block_on(async move {
                let running = bind(config)?;
                // The receiver waits for exactly this.
                let _ = ready.send((running.addr, running.scheme, running.stopper()));
                running.run().await
            })
        })?;
    match started.recv() {
        Ok((addr, scheme, stopper)) => Ok(Background {
            addr,
            scheme,
            stopper,
            thread: Some(thread),
        }),
        Err(_) => match thread.join() {
            Ok(Err(error)) => Err(error),
            _ => Err(io::Error::other("the relay did not start")),
        },
    }
}

impl Background {
    /// Stops it and waits until everything is on disk.
    ///
    /// # Errors
    /// When the server failed.
    pub fn stop(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        rt::System::new().block_on(self.stopper.stop());
        thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the relay panicked")))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(%error, "the relay did not stop well");
        }
    }
}
