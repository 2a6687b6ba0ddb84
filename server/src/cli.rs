//! The command line.

use crate::{
    config::{Config, Limits, Tls},
    logging,
    startup::{self, Running},
    store::quotas::Quotas,
};
use clap::Parser;
use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};

/// Keeps and forwards the sealed entries of records it cannot read, and serves the app.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// The database file. Made if it is not there.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Folder of the built web app.
    #[arg(long, value_name = "DIR")]
    app: Option<PathBuf>,
    /// Certificate chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// For development: make a certificate in this folder and use it. Devices must trust its ca.pem.
    #[arg(long, value_name = "DIR", conflicts_with = "tls_cert")]
    tls_self_signed: Option<PathBuf>,
    /// Everything comes through a proxy: believe the last address in its X-Forwarded-For header.
    #[arg(long)]
    behind_proxy: bool,
    /// Bytes a record may hold.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().quotas.record)]
    record_quota: u64,
    /// Bytes the database may take in all; beyond, only ledger operations and keys are taken.
    #[arg(long, value_name = "BYTES")]
    total_quota: Option<u64>,
    /// Bytes to leave free on the disk; below, only ledger operations and keys are taken.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().quotas.reserve)]
    reserve: u64,
    /// Requests a minute from one address to what needs no token.
    #[arg(long, value_name = "N", default_value_t = Limits::default().open_requests)]
    open_requests: u32,
}

impl Arguments {
    fn config(self) -> Config {
        let tls = match (self.tls_cert, self.tls_key, self.tls_self_signed) {
            (Some(certificate), Some(key), _) => Tls::Files { certificate, key },
            (_, _, Some(folder)) => Tls::SelfSigned(folder),
            _ => Tls::Off,
        };
        Config {
            listen: self.listen,
            data: self.data,
            app: self.app,
            tls,
            behind_proxy: self.behind_proxy,
            limits: Limits {
                quotas: Quotas {
                    record: self.record_quota,
                    total: self.total_quota.unwrap_or(u64::MAX),
                    reserve: self.reserve,
                    ..Limits::default().quotas
                },
                open_requests: self.open_requests,
                ..Limits::default()
            },
        }
    }
}

/// Runs a relay from the command line until SIGTERM or SIGINT. Prints `listening on URL` when it is ready for the first request.
pub fn main() -> ExitCode {
    logging::start();
    let config = Arguments::parse().config();
    match actix_web::rt::System::new().block_on(serve(config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the relay ends");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> io::Result<()> {
    let running = startup::bind(config)?;
    stop_on_signal(&running)?;
    println!("listening on {}://{}/", running.scheme, running.addr);
    tracing::info!(scheme = running.scheme, "listening");
    running.run().await?;
    tracing::info!("stopped");
    Ok(())
}

fn stop_on_signal(running: &Running) -> io::Result<()> {
    let stopper = running.stopper();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stopper.stop().await;
    });
    Ok(())
}
